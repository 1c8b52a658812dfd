export { type OtaSettings, settingsOf } from '../../parts/settings/settings-fields.ts';

/** From where the document of a push comes: a stored one, a form, or a text that is stored with the campaign. */
export type DocumentSource = 'package' | 'settings' | 'document';

/** Sections of the form for OTA settings, by name. */
export type PushSettings = { name: string } & { [section: string]: unknown };
