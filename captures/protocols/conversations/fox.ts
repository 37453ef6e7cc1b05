import { ascii, type Conversation, client, server } from '../conversation.ts'

/** Niagara Fox: messages in text, as its stations and the Workbench say hello. What follows the login is not read. */
const hello = (number: number, host: string, app: string): string =>
  ascii(
    [
      `fox a ${number} -1 fox hello`,
      '{',
      'fox.version=s:1.0.1',
      'id=i:1',
      `hostName=s:${host}`,
      'hostAddress=s:10.60.1.12',
      `app.name=s:${app}`,
      'app.version=s:4.13.2.18',
      'vm.name=s:OpenJDK 64-Bit Server VM',
      'os.name=s:QNX',
      'lang=s:en',
      'timeZone=s:Europe/Berlin;3600000;3600000',
      'hostId=s:Qnx-TITAN-1234-5678-9ABC-DEF0',
      'brandId=s:Webs',
      '};;',
      '',
    ].join('\n'),
  )
const challenge = ascii('fox a 2 -1 fox challenge\n{\nmethod=s:scramSha256\nnonce=b:4\n};;\n')

export const conversation: Conversation = {
  over: 'tcp',
  port: 1911,
  said: [client(hello(1, 'eng-03', 'Workbench')), server(hello(0, 'jace-2', 'Station')), server(challenge)],
  actions: {},
}
