import { checkPolicy } from '../../src/policy/check.ts'
import type { Issue, Model } from '../../src/policy/model.ts'

/** Two zones, so that a test says only what it is about. */
export const TWO_ZONES = `version: 1
zones:
  - {id: hmi, networks: [10.0.2.0/24], vlans: [120]}
  - {id: plc, networks: [10.0.1.0/24], vlans: [110]}
`

/** The model of a policy text; a mistake in it fails the test with its sentence. */
export function modelOf(text: string): Model {
  const { model, issues } = checkPolicy(text, 'site.yaml')
  if (model === undefined) throw new Error(issues.map(issueLine).join('\n'))
  return model
}

/** Issues of a severity as lines: `3:9 zone.networks.value: "foo" is not an address`. */
export function issuesOf(text: string, severity: Issue['severity'], at?: number): string[] {
  const { issues } = checkPolicy(text, 'site.yaml', at === undefined ? {} : { at: () => at })
  return issues.filter(issue => issue.severity === severity).map(issueLine)
}

function issueLine({ at, code, message }: Issue): string {
  return `${at.line}:${at.column} ${code}: ${message}`
}
