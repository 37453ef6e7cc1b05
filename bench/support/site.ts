/** The site of the `bench` command, for the programs here. */
export { conduitOf, DEFAULT_SITE, type Site, sitePolicy } from '../../src/bench/site.ts'
