import type { Messages } from './messages-en.ts'

/** Every sentence of the pages, in German, with the formal address. */
export const messagesDe: Messages = {
  language: 'de',
  direction: 'ltr',
  site: '',

  signed_in_as: 'Angemeldet als {account}',
  approving: 'Sie geben frei',
  problem_title: 'Fehler: {title}',
  time_left: 'Verbleibende Zeit: {minutes} Min. {seconds} Sek. ab dem Öffnen dieser Seite.',
  cancel: 'Abbrechen',
  back: 'Zurück',
  to_sign_in: 'Anmelden',
  reference: 'Kennung: {code}',

  factor_oidc: 'Anmeldedienst',
  factor_totp: 'Authenticator-App',
  factor_webauthn: 'Passkey',
  factor_otp_email: 'Code per E-Mail',
  factor_otp_sms: 'Code per SMS',
  factor_recovery_code: 'Wiederherstellungscode',

  challenge_title: 'Bestätigen Sie, dass Sie es sind',
  challenge_oidc: 'Melden Sie sich noch einmal bei Ihrem Anmeldedienst an. Danach kommen Sie hierher zurück.',
  challenge_totp: 'Öffnen Sie Ihre Authenticator-App und geben Sie den Code ein, den sie jetzt anzeigt.',
  challenge_webauthn: 'Ihr Gerät fragt nach Fingerabdruck, Gesicht oder PIN oder nach Ihrem Sicherheitsschlüssel.',
  challenge_otp_email: 'Geben Sie den Code ein, der an Ihre E-Mail-Adresse gesendet wurde.',
  challenge_otp_sms: 'Geben Sie den Code ein, der an Ihr Telefon gesendet wurde.',
  challenge_recovery_code: 'Geben Sie einen Ihrer Wiederherstellungscodes ein. Jeder gilt nur einmal.',
  leave_oidc: 'Erneut beim Anmeldedienst anmelden',
  challenge_confirm: 'Bestätigen',
  challenge_continue: 'Weiter',
  challenge_others: 'Andere Wege zur Bestätigung',
  deny_summary: 'Das war ich nicht',
  deny_text:
    'Wenn Sie das nicht begonnen haben, benutzt vielleicht jemand anderes Ihr Konto. Die Bestätigung wird dann verweigert, und Ihr Konto wird überall abgemeldet, auch hier.',
  deny_confirm: 'Verweigern und überall abmelden',

  code_label: 'Code',
  code_hint: '{digits} Ziffern. Leerzeichen spielen keine Rolle.',
  code_hint_letters:
    '{digits} Buchstaben und Ziffern. Leerzeichen, Bindestriche und Großschreibung spielen keine Rolle.',
  recovery_codes_label: 'Ihre Wiederherstellungscodes',
  recovery_code_label: 'Ihr neuer Wiederherstellungscode',
  codes_keep:
    'Drucken Sie diese Seite oder kopieren Sie, was hier steht, an einen sicheren Ort, etwa in einen Passwortmanager.',
  codes_kept: 'Ich habe die Codes sicher aufbewahrt',
  totp_qr_label:
    'QR-Code mit dem Einrichtungsschlüssel für Ihre Authenticator-App. Derselbe Schlüssel steht darunter als Text.',
  totp_setup_key: 'Einrichtungsschlüssel',

  passkey_confirm: 'Passkey verwenden',
  passkey_create: 'Passkey erstellen',
  passkey_needs_script:
    'Passkeys brauchen JavaScript, und es ist in diesem Browser ausgeschaltet. Schalten Sie es ein oder wählen Sie einen anderen Weg.',
  passkey_unsupported:
    'Dieser Browser kann keine Passkeys verwenden. Nehmen Sie einen anderen Browser oder einen anderen Weg.',
  passkey_waiting: 'Ihr Passkey wird abgefragt. Folgen Sie den Anweisungen Ihres Geräts.',
  passkey_cancelled:
    'Der Vorgang wurde abgebrochen oder hat zu lange gedauert. Es wurde nichts gesendet. Sie können es noch einmal versuchen.',
  passkey_insecure: 'Unter der Adresse dieser Seite funktionieren Passkeys nicht.',
  passkey_already: 'Dieses Gerät oder dieser Passkey-Manager hat für Ihr Konto bereits einen Passkey.',
  passkey_unfit:
    'Dieses Gerät hat nichts, was zur Anforderung passt. Versuchen Sie es mit einem anderen Gerät oder Sicherheitsschlüssel.',
  passkey_error:
    'Ihr Gerät konnte das nicht ausführen. Versuchen Sie es noch einmal oder wählen Sie einen anderen Weg.',

  problem_wrong_code: 'Der Code ist falsch oder nicht mehr gültig. Prüfen Sie ihn und versuchen Sie es noch einmal.',
  problem_code_reused: 'Dieser Code wurde bereits verwendet. Warten Sie auf den nächsten und geben Sie diesen ein.',
  problem_invalid_input: 'Das sieht nicht wie ein Code aus. Geben Sie ihn genau so ein, wie er angezeigt wird.',
  problem_try_again: 'Das hat nicht funktioniert. Bitte versuchen Sie es noch einmal.',
  problem_authenticator_locked:
    'Zu viele falsche Antworten: Dieser Weg ist gesperrt. Warten Sie eine Weile oder wählen Sie einen anderen Weg.',
  problem_passkey_failed:
    'Dieser Passkey konnte nicht angenommen werden. Versuchen Sie es noch einmal oder nehmen Sie einen anderen.',
  problem_user_not_verified:
    'Ihr Gerät hat nicht geprüft, dass Sie es sind. Versuchen Sie es noch einmal mit PIN, Fingerabdruck oder Gesichtserkennung.',
  problem_not_allowed: 'Diese Art von Passkey oder Gerät ist hier nicht zugelassen. Bitte verwenden Sie eine andere.',
  problem_enrolled_already:
    'Dies ist bereits eingerichtet. Verwenden Sie es so, wie es ist, oder fügen Sie etwas anderes hinzu.',

  enrol_first_title: 'Richten Sie zuerst einen zweiten Faktor ein',
  enrol_first_text:
    'Für diese Aktion ist ein zweiter Nachweis nötig, dass Sie es sind, und Ihr Konto hat noch keinen. Richten Sie jetzt einen ein; danach können Sie mit dem fortfahren, was Sie gerade taten.',
  enrol_first_failed:
    'Was Ihr Anmeldedienst bestätigt hat, genügt für diese Aktion nicht, und Ihr Konto hat noch keinen anderen Weg zur Bestätigung. Richten Sie jetzt einen ein; danach können Sie mit dem fortfahren, was Sie gerade taten.',
  enrol_first_continue: 'Jetzt einrichten',

  authenticators_title: 'Ihre Wege zur Bestätigung',
  authenticators_none: 'Sie haben noch keinen eingerichtet.',
  authenticators_add: 'Weiteren Weg hinzufügen',
  authenticators_add_first: 'Einen Weg zur Bestätigung hinzufügen',
  authenticators_add_factor: 'Hinzufügen: {factor}',
  authenticators_added: 'Hinzugefügt am {date}',
  authenticators_used: 'Zuletzt verwendet am {date}',
  authenticators_never_used: 'Noch nicht verwendet',
  authenticators_disabled: 'Deaktiviert',
  authenticators_disabled_text:
    'Es wurden zu oft falsche Antworten gegeben. Entfernen Sie diesen Weg und richten Sie ihn neu ein.',
  authenticators_rename: 'Umbenennen',
  authenticators_new_name: 'Neuer Name',
  authenticators_rename_save: 'Namen speichern',
  authenticators_remove: 'Entfernen',
  authenticators_remove_text: 'Er gilt dann sofort nicht mehr, hier und auf jedem Gerät, auf dem Sie angemeldet sind.',
  authenticators_remove_confirm: '{label} entfernen',
  authenticators_continue: 'Mit dem fortfahren, was Sie gerade taten',
  notice_enrolled: 'Der neue Weg ist eingerichtet und einsatzbereit.',
  notice_removed: 'Der Weg wurde entfernt.',
  notice_renamed: 'Der neue Name wurde gespeichert.',
  notice_dropped: 'Ab jetzt werden Sie wieder um Bestätigung gebeten.',
  notice_session_ended: 'Diese Sitzung wurde beendet.',
  notice_sessions_ended: 'Alle anderen Sitzungen wurden beendet.',

  sessions_title: 'Wo Sie angemeldet sind',
  sessions_unknown: 'Unbekannter Browser',
  sessions_this: 'Diese Sitzung',
  sessions_started: 'Angemeldet am {date}',
  sessions_seen: 'Zuletzt aktiv am {date}',
  sessions_end: 'Abmelden',
  sessions_end_others: 'Überall sonst abmelden',
  drop_title: 'Vorübergehend bestätigt',
  drop_text:
    'Sie haben vor Kurzem bestätigt, dass Sie es sind. Deshalb fragt nicht jede sensible Aktion erneut nach. Das können Sie vorzeitig beenden.',
  drop_confirm: 'Ab jetzt wieder nachfragen',

  enrolment_title: 'Einrichten: {factor}',
  enrolment_oidc: 'Melden Sie sich bei Ihrem Anmeldedienst an.',
  enrolment_totp:
    'Scannen Sie das Bild mit Ihrer Authenticator-App oder geben Sie den Einrichtungsschlüssel dort von Hand ein. Geben Sie dann den Code ein, den die App anzeigt.',
  enrolment_webauthn:
    'Ihr Gerät fragt nach Fingerabdruck, Gesicht oder PIN oder nach Ihrem Sicherheitsschlüssel, um den Passkey zu erstellen.',
  enrolment_otp_email: 'Geben Sie den Code ein, der an Ihre E-Mail-Adresse gesendet wurde.',
  enrolment_otp_sms: 'Geben Sie den Code ein, der an Ihr Telefon gesendet wurde.',
  enrolment_recovery_code:
    'Wenn Sie Ihre anderen Wege zur Bestätigung verloren haben, melden Sie sich an und richten mit einem dieser Codes einen neuen ein. Jeder gilt nur einmal. Sie werden nur jetzt angezeigt, und frühere Codes gelten nicht mehr.',
  enrolment_finish: 'Fertigstellen',

  shown_once_title: 'Bitte aufbewahren, bevor Sie weitergehen',
  shown_once_text: 'Das wird nur jetzt angezeigt, und niemand kann es Ihnen noch einmal zeigen.',
  shown_once_continue: 'Aufbewahrt, weiter',
  recovery_code_replacement:
    'Der Wiederherstellungscode, den Sie eben benutzt haben, ist verbraucht. Hier ist ein neuer an seiner Stelle.',

  sign_in_title: 'Mit einem Passkey anmelden',
  sign_in_text:
    'Sie brauchen kein Passwort. Ihr Gerät fragt nach Fingerabdruck, Gesicht oder PIN oder nach Ihrem Sicherheitsschlüssel.',
  sign_in_account: 'Konto',
  sign_in_other: 'Anders anmelden',
  sign_in_hint:
    'Wählen Sie Ihren Passkey aus dem, was Ihr Browser in diesem Feld vorschlägt: Damit sind Sie sofort angemeldet.',

  resume_title: 'Jetzt senden?',
  resume_text: 'Es wurde noch nichts gesendet. Gesendet wird, wenn Sie auf die Schaltfläche drücken.',
  resume_continue: 'Bestätigen und fortfahren',
  resume_discard: 'Verwerfen',

  message_account_locked: 'Ihr Konto ist gesperrt',
  message_account_locked_text: 'Es wurde zu seinem Schutz gesperrt. Nur Ihre Administration kann es wieder öffnen.',
  message_cancelled: 'Abgebrochen',
  message_cancelled_text: 'Es wurde nichts ausgeführt. Sie können diese Seite schließen.',
  message_challenge_ended: 'Diese Seite ist nicht mehr gültig',
  message_challenge_ended_text:
    'Die Zeit ist abgelaufen, oder die Seite wurde schon beantwortet. Gehen Sie zurück und beginnen Sie neu.',
  message_challenge_unknown: 'Diese Seite gibt es nicht',
  message_challenge_unknown_text: 'Hier ist nichts zu bestätigen. Gehen Sie zurück und beginnen Sie neu.',
  message_denied: 'Verweigert und überall abgemeldet',
  message_denied_text:
    'Es wurde nichts ausgeführt, und alle Sitzungen Ihres Kontos sind beendet. Melden Sie sich neu an und sehen Sie Ihre Wege zur Bestätigung durch. Entfernen Sie jeden, den Sie nicht kennen.',
  message_discarded: 'Verworfen',
  message_discarded_text: 'Ihre Eingaben wurden gelöscht. Es wurde nichts gesendet.',
  message_forbidden_origin: 'Diese Anfrage kam von einer anderen Website',
  message_forbidden_origin_text:
    'Sie wurde zu Ihrem Schutz abgewiesen. Öffnen Sie die Seite hier und versuchen Sie es noch einmal.',
  message_invalid_input: 'Die Anfrage konnte nicht gelesen werden',
  message_invalid_input_text: 'Gehen Sie zurück und versuchen Sie es noch einmal.',
  message_locked: 'Zu viele falsche Antworten',
  message_locked_text:
    'Warten Sie eine Weile, bevor Sie es noch einmal versuchen, oder wählen Sie einen anderen Weg zur Bestätigung.',
  message_login_required: 'Bitte melden Sie sich an',
  message_login_required_text:
    'Sie sind nicht angemeldet, oder Ihre Sitzung ist beendet. Es wurde nichts abgeschickt, und Ihre Eingaben sind hier nicht aufbewahrt.',
  message_not_enough: 'Das kann hier nicht bestätigt werden',
  message_not_enough_text:
    'Der Nachweis, den Sie erbringen können, genügt für diese Aktion nicht. Wenden Sie sich an Ihre Administration.',
  message_resume_unknown: 'Es gibt nichts fortzusetzen',
  message_resume_unknown_text:
    'Es wurde schon gesendet oder verworfen, oder es ist abgelaufen. Gehen Sie zurück und beginnen Sie neu.',
  message_not_resumable: 'Dieses Formular kann nicht aufbewahrt werden',
  message_not_resumable_text:
    'Sie müssen bestätigen, dass Sie es sind, und Ihre Eingaben können so lange nicht aufbewahrt werden. Gehen Sie zurück: In Ihrem Browser sind sie noch da.',
  message_session_rotated: 'Ihre Sitzung wurde erneuert',
  message_session_rotated_text: 'Laden Sie die Seite neu, um fortzufahren.',
  message_sign_in_again: 'Bitte melden Sie sich zuerst neu an',
  message_sign_in_again_text: 'Ihren ersten Weg zur Bestätigung können Sie nur kurz nach der Anmeldung einrichten.',
  message_too_many: 'Zu viel auf einmal',
  message_too_many_text:
    'Schließen Sie ab, was noch offen ist, oder brechen Sie es ab; oder warten Sie einige Minuten und versuchen Sie es noch einmal.',
  message_too_large: 'Das ist zu groß',
  message_too_large_text: 'Was Sie gesendet haben, ist größer als erlaubt. Es wurde nichts ausgeführt.',
  message_unavailable: 'Zurzeit nicht verfügbar',
  message_unavailable_text: 'Es wurde nichts ausgeführt. Bitte versuchen Sie es in einigen Minuten noch einmal.',
}
