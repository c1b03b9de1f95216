// The declarations of playwright-core name these DOM types. They are declared empty here, so that the compiler can
// check those declarations while the DOM library, with its global values, stays out of the server code.

interface Node {
  readonly nodeType: number
}
interface HTMLElement extends Node {
  readonly title: string
}
interface HTMLCanvasElement extends HTMLElement {
  readonly width: number
}
interface SVGElement extends Node {
  readonly viewportElement: SVGElement | null
}
interface HTMLElementTagNameMap {
  readonly [name: string]: HTMLElement
}
