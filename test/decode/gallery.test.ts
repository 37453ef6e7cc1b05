import { describe, expect, it } from 'vitest'
import { Dissector } from '../../src/decode/dissect.ts'
import { gallery } from './gallery.ts'
import { guarded, read, shortWayOutside } from './support.ts'

describe('every kind of frame the dissector opens', () => {
  it('has a name of its own', () =>
    expect(new Set(gallery.map(piece => piece.name)).size).toBe(gallery.length))

  it.each(gallery)('$name', ({ frame, linkType, flow, vlans = [], layers = [], flags = [], payload }) => {
    const reading = read(frame, { linkType })
    expect(reading).toMatchObject({ class: 'decoded', flow, vlans, layers, flags, payloadBytes: payload })
    expect(reading.payloadCaptured).toBe(payload)
    expect(reading.payloadAt + payload).toBeLessThanOrEqual(frame.length)
    expect(reading.layerSums).toHaveLength(layers.length)
  })
})

describe('cut anywhere by the capture', () => {
  it.each(gallery)('$name is never called wrong, and what was found stays found', piece => {
    const { frame, linkType } = piece
    const whole = read(frame, { linkType })
    let depth = 0
    let complete = false
    for (let captured = 0; captured < frame.length; captured++) {
      const reading = read(frame, { linkType, captured })
      if (reading.class !== 'decoded') {
        expect(reading.class, `${captured} bytes`).toBe('truncated')
        expect(complete, `${captured} bytes`).toBe(false)
        continue
      }
      expect(reading.flags, `${captured} bytes`).toContain('cut')
      expect(reading.layers.length, `${captured} bytes`).toBeGreaterThanOrEqual(depth)
      depth = reading.layers.length
      // once the innermost flow is told it is told for good, with the lengths of the whole frame
      if (complete) expect(reading.flow, `${captured} bytes`).toBe(whole.flow)
      complete ||= depth === whole.layers.length && reading.flow === whole.flow
      if (!complete) continue
      const { layers, layerSums, ipBytes, frameBytes, vlans, macs } = whole
      expect(reading).toMatchObject({ layers, layerSums, ipBytes, frameBytes, vlans, macs })
      expect(reading.payloadCaptured).toBeLessThanOrEqual(Math.max(0, captured - reading.payloadAt))
    }
  })

  it.each(gallery)('$name: no byte outside the captured ones is read', ({ frame, linkType }) => {
    const d = new Dissector()
    const block = new Uint8Array(frame.length + 80).fill(0x45)
    block.set(frame, 40)
    for (let captured = 0; captured <= frame.length; captured++) {
      const { bytes, outside } = guarded(block, 40, 40 + captured)
      d.dissect(bytes, 40, captured, frame.length, linkType)
      expect(outside, `${captured} bytes`).toEqual([])
      expect(shortWayOutside(block, 40, captured, frame.length), `${captured} bytes`).toEqual([])
      if (captured > 200) captured += 97
    }
  })
})
