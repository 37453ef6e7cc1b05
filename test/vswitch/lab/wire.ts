import type { Lab } from './lab.ts'
import { type Interface, type JoinOptions, join, Namespace, type NamespaceOptions } from './namespace.ts'

/** A generator and a sensor joined by one wire, `eth0` at both ends. Nothing is on it but what is sent. */
export class Wire {
  /** the generator's end */
  sender: Interface
  /** the sensor's end: no address, IPv6 off unless told */
  sensor: Interface
  private readonly options: JoinOptions

  constructor(lab: Lab, options: JoinOptions & { sensor?: NamespaceOptions } = {}) {
    this.options = options
    const generator = new Namespace(lab, 'generator')
    const sensor = new Namespace(lab, 'sensor', options.sensor)
    ;[this.sender, this.sensor] = this.lay(generator, sensor)
  }

  private lay(generator: Namespace, sensor: Namespace): [Interface, Interface] {
    return join({ namespace: generator, name: 'eth0' }, { namespace: sensor, name: 'eth0' }, this.options)
  }

  /** Takes the wire away, both interfaces with it. */
  unplug(): void {
    this.sender.remove()
  }

  /** Lays the wire again after `unplug`: new interfaces with the old names, counters from zero. */
  plug(): void {
    ;[this.sender, this.sensor] = this.lay(this.sender.namespace, this.sensor.namespace)
  }
}
