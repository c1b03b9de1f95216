// The one function that we use. The public declarations of the package speak of the DOM, which a server does not have.
declare module 'qrcode' {
  interface SvgOptions {
    readonly type: 'svg'
    readonly errorCorrectionLevel: 'L' | 'M' | 'Q' | 'H'
    readonly margin: number
    readonly color: { readonly dark: string; readonly light: string }
  }
  const qrcode: { toString(text: string, options: SvgOptions): Promise<string> }
  export default qrcode
}
