import { runSensor } from './watch/sensor.ts'

/** Process: looks at bytes from the network, without any privilege. Started by the command `watch`. */
runSensor()
