import { posix } from 'node:path'

/** One line of the code map: the files it speaks of, and what they may import. */
export interface Room {
  /** paths from the root of the repository, folders with `/` at the end */
  paths: string[]
  /** the cell as written */
  rule: string
  /** what may be imported; undefined = everything but `except` */
  allowed: Allowed[] | undefined
  except: string[]
}

interface Allowed {
  path: string
  typesOnly: boolean
}

export interface Import {
  /** as written: `../wire/ip.ts`, `node:fs`, `yaml` */
  target: string
  typesOnly: boolean
}

export interface SourceFile {
  path: string
  text: string
}

/** Files whose imports are held against the map. */
const isRuled = (path: string): boolean => path.startsWith('src/') || path.startsWith('workers/')

/** Reads the table under `## Code map`. Throws where a cell names something that `exists` does not know. */
export function parseCodeMap(markdown: string, exists: (path: string) => boolean): Room[] {
  const section = /^## Code map\n([\s\S]*?)(?=^## )/m.exec(markdown)?.[1] ?? ''
  const rows = section.split('\n').filter(line => line.startsWith('|'))
  const [head, , ...lines] = rows.map(row =>
    row
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
  const column = head.indexOf('may know')
  if (column < 0) throw new Error('the code map has no column "may know"')
  return lines.map(cells => {
    const paths = [...cells[0].matchAll(/`([^`]+)`/g)].map(([, path]) => path)
    for (const path of paths)
      if (!exists(path)) throw new Error(`the code map speaks of ${path}, which is not there`)
    return { paths, ...parseRule(cells[column], exists) }
  })
}

function parseRule(rule: string, exists: (path: string) => boolean): Omit<Room, 'paths'> {
  const pathOf = (name: string): string => {
    for (const path of [
      `src/${name}/`,
      `src/${name}.ts`,
      `src/${name}s.ts`,
      `src/${name.replace(' ', '/')}.ts`,
    ])
      if (exists(path)) return path
    throw new Error(`the code map lets somebody know "${name}", which is neither a folder nor a file of src/`)
  }
  if (rule === '' || rule === 'everything') return { rule, allowed: undefined, except: [] }
  const but = /^everything but (.+)$/.exec(rule)
  if (but !== null) return { rule, allowed: undefined, except: but[1].split(/, | and /).map(pathOf) }
  if (rule === 'nothing') return { rule, allowed: [], except: [] }
  const allowed = rule.split(', ').map(name => {
    const typesOnly = name.endsWith(' types')
    return { path: pathOf(typesOnly ? name.slice(0, -' types'.length) : name), typesOnly }
  })
  return { rule, allowed, except: [] }
}

/** What a file imports or exports from elsewhere, dynamic imports included; comments do not count. */
export function importsOf(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const found: Import[] = []
  for (const [, types, target] of code.matchAll(
    /^\s*(?:import|export)\s+(type\s)?(?:[\w*{][^'"`;=()]*?\sfrom\s*)?['"]([^'"]+)['"]/gm,
  ))
    found.push({ target, typesOnly: types !== undefined })
  for (const [, target] of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g))
    found.push({ target, typesOnly: false })
  return found
}

/** The file an import means, from the root of the repository; undefined for packages and Node.js's own modules. */
export function resolve(from: string, target: string): string | undefined {
  return target.startsWith('.') ? posix.join(posix.dirname(from), target) : undefined
}

const covers = (path: string, file: string): boolean =>
  path.endsWith('/') ? file.startsWith(path) : file === path

/** The room a file belongs to: the one with the longest path that holds it. */
export function roomOf(rooms: readonly Room[], file: string): Room | undefined {
  const lengths = rooms.map(room =>
    Math.max(0, ...room.paths.filter(p => covers(p, file)).map(p => p.length)),
  )
  const longest = Math.max(0, ...lengths)
  return longest === 0 ? undefined : rooms[lengths.indexOf(longest)]
}

/** Sentences on every import the map does not allow: file, import, rule. */
export function breaches(rooms: readonly Room[], files: readonly SourceFile[]): string[] {
  const found: string[] = []
  for (const { path, text } of files.filter(file => isRuled(file.path))) {
    const room = roomOf(rooms, path)
    if (room === undefined) {
      found.push(`${path} has no line in the code map of ARCHITECTURE.md`)
      continue
    }
    for (const { target, typesOnly } of importsOf(text)) {
      if (mayImport(rooms, room, path, target, typesOnly)) continue
      const how = typesOnly ? 'imports types of' : 'imports'
      found.push(`${path} ${how} '${target}', but ${room.paths.join(', ')} may know: ${room.rule}`)
    }
  }
  return found
}

function mayImport(
  rooms: readonly Room[],
  room: Room,
  from: string,
  target: string,
  typesOnly: boolean,
): boolean {
  const file = resolve(from, target)
  if (file === undefined) return room.allowed === undefined || room.allowed.length > 0
  if (roomOf(rooms, file) === room) return true
  // the version stands in package.json; tests and scenarios are nobody's to load
  if (room.allowed === undefined)
    return (isRuled(file) || file === 'package.json') && !room.except.some(path => covers(path, file))
  return room.allowed.some(allowed => covers(allowed.path, file) && (typesOnly || !allowed.typesOnly))
}

/** Cycles between rooms, by imports that are there at run time, as `a -> b -> a`. */
export function cycles(rooms: readonly Room[], files: readonly SourceFile[]): string[] {
  const edges = new Map<Room, Map<Room, string>>()
  for (const { path, text } of files.filter(file => isRuled(file.path))) {
    const from = roomOf(rooms, path)
    for (const { target, typesOnly } of importsOf(text)) {
      const file = resolve(path, target)
      const to = file === undefined ? undefined : roomOf(rooms, file)
      if (typesOnly || from === undefined || to === undefined || to === from) continue
      edges.set(from, (edges.get(from) ?? new Map()).set(to, `${path} imports '${target}'`))
    }
  }
  const found: string[] = []
  const done = new Set<Room>()
  const walk = (room: Room, way: Room[]): void => {
    if (way.includes(room)) {
      const circle = [...way.slice(way.indexOf(room)), room]
      const steps = circle.slice(1).map((next, i) => edges.get(circle[i])!.get(next))
      found.push(`${circle.map(({ paths }) => paths[0]).join(' -> ')}: ${steps.join(', ')}`)
      return
    }
    if (done.has(room)) return
    for (const next of edges.get(room)?.keys() ?? []) walk(next, [...way, room])
    done.add(room)
  }
  for (const room of rooms) walk(room, [])
  return found
}

/** Files of `src/` that are loaded when `start` is, with how: each by the import that led to it. */
export function reachable(start: string, files: readonly SourceFile[]): Map<string, string> {
  const byPath = new Map(files.map(({ path, text }) => [path, text]))
  const ways = new Map([[start, start]])
  for (const [path, way] of ways) {
    for (const { target, typesOnly } of importsOf(byPath.get(path) ?? '')) {
      const file = resolve(path, target)
      if (file !== undefined && !typesOnly && !ways.has(file)) ways.set(file, `${way} -> ${file}`)
    }
  }
  return ways
}
