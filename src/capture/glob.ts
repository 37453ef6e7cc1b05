/**
 * A test for paths: `*` and `?` stand for anything but a slash, `**` for folders too, `[abc]` and `[!a-z]` for one
 * character, `{a,b}` for either. Everything else stands for itself; `\` takes the meaning off the character after it.
 */
export function globMatcher(glob: string): (path: string) => boolean {
  const pattern = compile(glob)
  return path => pattern.test(path.startsWith('./') ? path.slice(2) : path)
}

function compile(glob: string): RegExp {
  try {
    return new RegExp(`^${translate(glob)}$`, 's')
  } catch {
    // a range such as [z-a]: taken as it stands
    return new RegExp(`^${literally(glob)}$`, 's')
  }
}

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

function translate(glob: string): string {
  const text = glob.startsWith('./') ? glob.slice(2) : glob
  let pattern = ''
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '*') {
      let stars = 1
      while (text[i + stars] === '*') stars++
      i += stars - 1
      if (stars === 1) pattern += '[^/]*'
      else if (text[i + 1] === '/') {
        // "**/" also stands for no folder at all
        pattern += '(?:.*/)?'
        i++
      } else pattern += '.*'
    } else if (c === '?') pattern += '[^/]'
    else if (c === '[' && text.indexOf(']', i + 2) > 0) {
      const end = text.indexOf(']', i + 2)
      const inside = text.slice(i + 1, end).replace(/[\\\]^[]/g, '\\$&')
      pattern += `[${inside.replace(/^(!|\\\^)/, '^')}]`
      i = end
    } else if (c === '{' && text.indexOf('}', i) > 0) {
      pattern += '(?:'
      depth++
    } else if (c === '}' && depth > 0) {
      pattern += ')'
      depth--
    } else if (c === ',' && depth > 0) pattern += '|'
    else {
      const literal = c === '\\' && i + 1 < text.length ? text[++i] : c
      pattern += literally(literal)
    }
  }
  return pattern + ')'.repeat(depth)
}
