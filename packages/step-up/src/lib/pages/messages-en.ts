/**
 * Every sentence of the pages, in English. Another language is a record of the same shape, given to `pageTemplate`;
 * `{name}` marks what is filled in, always escaped.
 */
export const messagesEn = {
  /** The BCP 47 tag of the language these messages are in. */
  language: 'en',
  /** `ltr` or `rtl`. */
  direction: 'ltr',
  /** The name of the site, for the head and the title of every page; empty leaves it out. */
  site: '',

  signed_in_as: 'Signed in as {account}',
  approving: 'You are approving',
  problem_title: 'Error: {title}',
  time_left: 'Time left: {minutes} min {seconds} s, counted from when this page opened.',
  cancel: 'Cancel',
  back: 'Go back',
  to_sign_in: 'Sign in',
  reference: 'Reference: {code}',

  factor_oidc: 'Sign-in provider',
  factor_totp: 'Authenticator app',
  factor_webauthn: 'Passkey',
  factor_otp_email: 'Code by e-mail',
  factor_otp_sms: 'Code by text message',
  factor_recovery_code: 'Recovery code',

  challenge_title: 'Confirm that it is you',
  challenge_oidc: 'Sign in once more at your sign-in provider. You come back here afterwards.',
  challenge_totp: 'Open your authenticator app and enter the code it shows now.',
  challenge_webauthn: 'Your device will ask for your finger, face or PIN, or for your security key.',
  challenge_otp_email: 'Enter the code that was sent to your e-mail address.',
  challenge_otp_sms: 'Enter the code that was sent to your phone.',
  challenge_recovery_code: 'Enter one of your recovery codes. Each works once.',
  leave_oidc: 'Sign in again at your provider',
  challenge_confirm: 'Confirm',
  challenge_continue: 'Continue',
  challenge_others: 'Other ways to confirm',
  deny_summary: 'This was not me',
  deny_text:
    'If you did not start this, somebody else may be using your account. The confirmation is then refused, and your account is signed out everywhere, here too.',
  deny_confirm: 'Refuse and sign out everywhere',

  code_label: 'Code',
  code_hint: '{digits} digits. Spaces do not matter.',
  code_hint_letters: '{digits} letters and digits. Spaces, dashes and capital letters do not matter.',
  recovery_codes_label: 'Your recovery codes',
  recovery_code_label: 'Your new recovery code',
  codes_keep: 'Print this page, or copy what stands here to a safe place such as a password manager.',
  codes_kept: 'I have kept them in a safe place',
  totp_qr_label: 'QR code with the setup key for your authenticator app. The same key stands below as text.',
  totp_setup_key: 'Setup key',

  passkey_confirm: 'Use a passkey',
  passkey_create: 'Create a passkey',
  passkey_needs_script: 'Passkeys need JavaScript, and it is off in this browser. Switch it on, or use another way.',
  passkey_unsupported: 'This browser cannot use passkeys. Use another browser or another way.',
  passkey_waiting: 'Waiting for your passkey. Follow what your device asks.',
  passkey_cancelled: 'It was cancelled or took too long. Nothing was sent. You can try again.',
  passkey_insecure: 'Passkeys do not work at the address of this page.',
  passkey_already: 'This device or passkey manager has a passkey for your account already.',
  passkey_unfit: 'This device has nothing that fits what is asked for. Try another device or security key.',
  passkey_error: 'Your device could not do it. You can try again or use another way.',

  problem_wrong_code: 'That code is wrong or no longer valid. Check it and try again.',
  problem_code_reused: 'That code was already used. Wait for the next one and enter that.',
  problem_invalid_input: 'That does not look like a code. Enter it just as it is shown.',
  problem_try_again: 'That did not work. Please try again.',
  problem_authenticator_locked: 'Too many wrong answers: this way is locked. Wait a while, or use another way.',
  problem_passkey_failed: 'That passkey could not be accepted. Try again, or use another one.',
  problem_user_not_verified:
    'Your device did not check that it is you. Try again and use its PIN, fingerprint or face recognition.',
  problem_not_allowed: 'This kind of passkey or device is not allowed here. Please use another one.',
  problem_enrolled_already: 'This one is set up already. Use it as it is, or add another one.',

  enrol_first_title: 'Set up a second factor first',
  enrol_first_text:
    'This action asks for a second proof that it is you, and your account has none yet. Set one up now; afterwards you can go on with what you were doing.',
  enrol_first_failed:
    'What your sign-in provider confirmed is not enough for this action, and your account has no other way to confirm yet. Set one up now; afterwards you can go on with what you were doing.',
  enrol_first_continue: 'Set up now',

  authenticators_title: 'Your ways to confirm',
  authenticators_none: 'You have not set up any yet.',
  authenticators_add: 'Add another way',
  authenticators_add_first: 'Add a way to confirm',
  authenticators_add_factor: 'Add: {factor}',
  authenticators_added: 'Added {date}',
  authenticators_used: 'Last used {date}',
  authenticators_never_used: 'Not used yet',
  authenticators_disabled: 'Disabled',
  authenticators_disabled_text: 'It was answered wrongly too often. Remove it and set it up anew.',
  authenticators_rename: 'Rename',
  authenticators_new_name: 'New name',
  authenticators_rename_save: 'Save name',
  authenticators_remove: 'Remove',
  authenticators_remove_text: 'It will stop working at once, here and on every device where you are signed in.',
  authenticators_remove_confirm: 'Remove {label}',
  authenticators_continue: 'Continue with what you were doing',
  notice_enrolled: 'It is set up and ready to use.',
  notice_removed: 'It was removed.',
  notice_renamed: 'The new name was saved.',
  notice_dropped: 'From now on you will be asked to confirm again.',
  notice_session_ended: 'That session was ended.',
  notice_sessions_ended: 'All other sessions were ended.',

  sessions_title: 'Where you are signed in',
  sessions_unknown: 'Unknown browser',
  sessions_this: 'This session',
  sessions_started: 'Signed in {date}',
  sessions_seen: 'Last active {date}',
  sessions_end: 'Sign out',
  sessions_end_others: 'Sign out everywhere else',
  drop_title: 'Confirmed for now',
  drop_text: 'You confirmed a short while ago, so not every sensitive action asks again. You can end this early.',
  drop_confirm: 'Ask me again from now on',

  enrolment_title: 'Set up: {factor}',
  enrolment_oidc: 'Sign in at your sign-in provider.',
  enrolment_totp:
    'Scan the picture with your authenticator app, or enter the setup key there by hand. Then enter the code that the app shows.',
  enrolment_webauthn:
    'Your device will ask for your finger, face or PIN, or for your security key, to create the passkey.',
  enrolment_otp_email: 'Enter the code that was sent to your e-mail address.',
  enrolment_otp_sms: 'Enter the code that was sent to your phone.',
  enrolment_recovery_code:
    'When you have lost your other ways to confirm, sign in and use one of these codes to set up a new one. Each works once. They are shown only now, and earlier codes stop working.',
  enrolment_finish: 'Finish',

  shown_once_title: 'Keep this before you go on',
  shown_once_text: 'It is shown only now, and nobody can show it to you again.',
  shown_once_continue: 'I have kept it, continue',
  recovery_code_replacement: 'The recovery code you just used is spent. Here is a new one in its place.',

  sign_in_title: 'Sign in with a passkey',
  sign_in_text: 'No password is needed. Your device will ask for your finger, face or PIN, or for your security key.',
  sign_in_account: 'Account',
  sign_in_other: 'Sign in another way',
  sign_in_hint: 'Choose your passkey from what your browser offers in this field: you are then signed in at once.',

  resume_title: 'Send it now?',
  resume_text: 'It has not been sent yet. It is sent when you press the button.',
  resume_continue: 'Confirm and continue',
  resume_discard: 'Discard',

  message_account_locked: 'Your account is locked',
  message_account_locked_text: 'It was locked to protect it. Only your administrator can open it again.',
  message_cancelled: 'Cancelled',
  message_cancelled_text: 'Nothing was done. You can close this page.',
  message_challenge_ended: 'This page is no longer valid',
  message_challenge_ended_text: 'The time is over, or it was already answered. Go back and start again.',
  message_challenge_unknown: 'This page does not exist',
  message_challenge_unknown_text: 'There is nothing to confirm here. Go back and start again.',
  message_denied: 'Refused, and signed out everywhere',
  message_denied_text:
    'Nothing was done, and every session of your account has ended. Sign in again and look through your ways to confirm. If you do not recognise one, remove it.',
  message_discarded: 'Discarded',
  message_discarded_text: 'What you had entered was deleted. Nothing was sent.',
  message_forbidden_origin: 'This request came from another site',
  message_forbidden_origin_text: 'It was refused to protect you. Open the page here and try again.',
  message_invalid_input: 'The request could not be read',
  message_invalid_input_text: 'Go back and try again.',
  message_locked: 'Too many wrong answers',
  message_locked_text: 'Wait a while before you try again, or use another way to confirm.',
  message_login_required: 'Please sign in',
  message_login_required_text:
    'You are not signed in, or your session has ended. Nothing was sent, and what you entered was not kept here.',
  message_not_enough: 'This cannot be confirmed here',
  message_not_enough_text: 'The proof you can give is not strong enough for this action. Ask your administrator.',
  message_resume_unknown: 'There is nothing to continue',
  message_resume_unknown_text: 'It was already sent or discarded, or it has expired. Go back and start again.',
  message_not_resumable: 'This form cannot be kept',
  message_not_resumable_text:
    'You need to confirm that it is you, and what you entered cannot be kept meanwhile. Go back: it is still in your browser.',
  message_session_rotated: 'Your session was renewed',
  message_session_rotated_text: 'Reload the page to go on.',
  message_sign_in_again: 'Please sign in again first',
  message_sign_in_again_text: 'Your first way to confirm can be set up only shortly after signing in.',
  message_too_many: 'Too many at once',
  message_too_many_text: 'Finish or cancel what is open, or wait a few minutes and try again.',
  message_too_large: 'This is too large',
  message_too_large_text: 'What you sent is larger than can be accepted. Nothing was done.',
  message_unavailable: 'Not available at the moment',
  message_unavailable_text: 'Nothing was done. Please try again in a few minutes.',
} as const

/** The name of a sentence. */
export type MessageKey = keyof typeof messagesEn

/** All sentences in one language. */
export type Messages = Readonly<Record<MessageKey, string>>
