// So that whoever compiles this file from elsewhere finds the types of the package too.
// oxlint-disable-next-line typescript/triple-slash-reference -- an import of it would have to exist at run time
/// <reference path="./qrcode.d.ts" />
import type { ViewBlock } from '@sallyport/step-up/factor'
import QrCode from 'qrcode'
import { formatOtpauthUri } from './otpauth-uri.ts'
import type { TotpState } from './state.ts'

/**
 * Draws what a person needs to set up an app: the QR code, the same secret to type, and the field for the first code.
 *
 * The SVG is made of presentation attributes and two paths only: no style, no script, no link, so it stands inline
 * under any content security policy; dark on light, also on a dark page.
 *
 * @param state The pending authenticator.
 * @param names The issuer and the account that the app will show.
 * @returns The blocks, in order. They hold the secret: never log them.
 */
export async function enrolmentView(
  state: TotpState,
  names: { readonly issuer: string; readonly account: string },
): Promise<readonly ViewBlock[]> {
  const svg = await QrCode.toString(formatOtpauthUri(state, names), {
    type: 'svg',
    errorCorrectionLevel: 'M',
    margin: 4,
    color: { dark: '#000000', light: '#ffffff' },
  })
  return [
    { kind: 'qr', svg: svg.trim(), label: 'totp_qr_label' },
    { kind: 'secret', id: 'totp-secret', label: 'totp_setup_key', text: inFours(state.secret) },
    { kind: 'code', digits: state.digits },
  ]
}

function inFours(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ')
}
