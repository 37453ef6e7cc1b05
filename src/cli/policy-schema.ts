import { Command } from 'commander'
import { policySchema } from '../policy/schema.ts'
import type { PolicyIo } from './policy.ts'

/** `policy schema`: the JSON Schema of the policy file, for editors. */
export function policySchemaCommand(done: (status: number) => void, io: PolicyIo): Command {
  return new Command('schema').description('JSON Schema of the policy file, for editors').action(() => {
    io.stdout(`${JSON.stringify(policySchema(), null, 2)}\n`)
    done(0)
  })
}
