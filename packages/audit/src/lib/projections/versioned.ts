/** A name and a version after it, as the request context writes browsers and systems: `Chrome 126`. */
export const VERSIONED: RegExp = /^(.+) (\d[\d.]*)$/
