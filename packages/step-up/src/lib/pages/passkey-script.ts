/**
 * The script of the pages that use passkeys: plain JavaScript that runs under the response's nonce. It reads what to do
 * from the attributes that `drawPasskey` and `drawSignal` write, asks the browser only when the person presses the
 * button (or picks a passkey from the field's autofill), puts the answer's JSON text into the field `credential` and
 * sends the form. Whatever goes wrong is said on the page. It loads nothing and writes text, never markup.
 *
 * @see WebAuthn Level 3 sections 5.1.3, 5.1.4, 5.1.8 to 5.1.10
 */
export const PASSKEY_SCRIPT: string = String.raw`
'use strict'
{
  const api = window.PublicKeyCredential

  // Browsers of before 2025 have no JSON forms of their own, and some passkey managers bring a broken toJSON.
  const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0))
  const encode = (bytes) =>
    btoa(Array.from(new Uint8Array(bytes), (one) => String.fromCharCode(one)).join(''))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=+$/, '')
  const decodeIds = (list) => (list || []).map((one) => ({ ...one, id: decode(one.id) }))

  const parseOptions = (create, json) => {
    const parse = create ? api.parseCreationOptionsFromJSON : api.parseRequestOptionsFromJSON
    if (parse) return parse.call(api, json)
    const options = { ...json, challenge: decode(json.challenge) }
    if (!create) return { ...options, allowCredentials: decodeIds(json.allowCredentials) }
    const user = { ...json.user, id: decode(json.user.id) }
    return { ...options, user, excludeCredentials: decodeIds(json.excludeCredentials) }
  }

  const formatCredential = (credential) => {
    try {
      return JSON.stringify(credential.toJSON())
    } catch {
      const { id, rawId, type, response, authenticatorAttachment = undefined } = credential
      const said = {}
      for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'])
        if (response[name]) said[name] = encode(response[name])
      if (response.getTransports) said.transports = response.getTransports()
      const clientExtensionResults = credential.getClientExtensionResults()
      return JSON.stringify({ id, rawId: encode(rawId), type, authenticatorAttachment, clientExtensionResults, response: said })
    }
  }

  const say = (region, words) => {
    region.replaceChildren()
    if (!words) return
    const line = document.createElement('p')
    line.className = region.dataset.look
    line.textContent = words
    region.append(line)
  }

  const setUp = (box) => {
    const parts = {}
    for (const part of box.querySelectorAll('[data-part]')) parts[part.dataset.part] = part
    const { answer, autofill, button, problem, status, without } = parts
    const create = box.dataset.passkey === 'create'
    const words = JSON.parse(box.dataset.words)
    let busy = false
    let running

    const ask = (mediation) => {
      const controller = new AbortController()
      const publicKey = parseOptions(create, JSON.parse(box.dataset.options))
      const options = { publicKey, signal: controller.signal, ...(mediation && { mediation }) }
      const asked = create ? navigator.credentials.create(options) : navigator.credentials.get(options)
      const ended = asked.then(() => {}, () => {})
      running = { controller, ended }
      return asked
    }

    const send = (credential) => {
      answer.value = formatCredential(credential)
      box.closest('form').submit()
    }

    const wordsFor = ({ name }) => {
      if (name === 'NotAllowedError' || name === 'AbortError' || name === 'TimeoutError') return words.cancelled
      if (name === 'InvalidStateError' && create) return words.already
      if (name === 'SecurityError') return words.insecure
      if (name === 'NotSupportedError' || name === 'ConstraintError') return words.unfit
      return words.error
    }

    const setBusy = (now) => {
      busy = now
      button.setAttribute('aria-disabled', String(now))
      say(status, now ? words.waiting : '')
    }

    // One ceremony at a time: what waits behind the field's autofill ends before the browser's dialogue opens.
    const press = async () => {
      if (busy) return
      setBusy(true)
      say(problem, '')
      try {
        if (running) {
          running.controller.abort()
          await running.ended
        }
        send(await ask())
      } catch (error) {
        setBusy(false)
        say(problem, wordsFor(error))
        await offer()
      }
    }

    const offer = async () => {
      if (!autofill || !api.isConditionalMediationAvailable) return
      if (!(await api.isConditionalMediationAvailable()) || busy) return
      autofill.hidden = false
      try {
        const credential = await ask('conditional')
        if (busy) return
        setBusy(true)
        send(credential)
      } catch {
        // Nobody chose anything there, or the button was pressed: nothing to say.
      }
    }

    without.hidden = true
    if (!api || !navigator.credentials) {
      say(problem, words.unsupported)
      return
    }
    button.hidden = false
    button.addEventListener('click', press)
    box.closest('form').addEventListener('submit', (event) => {
      // The Enter key in the field would send the form without an answer.
      event.preventDefault()
      press()
    })
    window.addEventListener('pagehide', () => running && running.controller.abort())
    window.addEventListener('pageshow', (event) => event.persisted && setBusy(false))
    offer()
  }

  const signal = async (mark) => {
    try {
      await api[mark.dataset.signal](JSON.parse(mark.dataset.value))
    } catch {
      // Browsers without the Signal API, and managers that do not care: there is nothing to learn from it.
    }
  }

  for (const box of document.querySelectorAll('[data-passkey]')) setUp(box)
  for (const mark of document.querySelectorAll('[data-signal]')) signal(mark)
}
`
