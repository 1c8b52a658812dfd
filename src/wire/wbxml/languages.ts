import { compileLanguage, type Language } from './language.ts';
import { CO_1_0 } from './languages/co.ts';
import { DEVINF_1_0, DEVINF_1_1, DEVINF_1_2 } from './languages/devinf.ts';
import { DM_DDF_1_2 } from './languages/dm-ddf.ts';
import { DRM_REL_1_0 } from './languages/drm-rel.ts';
import { DRM_ROAP_2_1 } from './languages/drm-roap.ts';
import { EMN_1_0 } from './languages/emn.ts';
import { METINF_1_2 } from './languages/metinf.ts';
import { OTA_SETTINGS } from './languages/ota-settings.ts';
import { PROV_1_0 } from './languages/prov.ts';
import { SI_1_0 } from './languages/si.ts';
import { SL_1_0 } from './languages/sl.ts';
import { SYNC_SETTINGS } from './languages/sync-settings.ts';
import { SYNCML_1_0, SYNCML_1_1, SYNCML_1_2 } from './languages/syncml.ts';

/** Every language we know. A new one is a table file and its name here. */
const TABLES = [
  SYNCML_1_0,
  SYNCML_1_1,
  SYNCML_1_2,
  DEVINF_1_0,
  DEVINF_1_1,
  DEVINF_1_2,
  METINF_1_2,
  DM_DDF_1_2,
  PROV_1_0,
  SI_1_0,
  SL_1_0,
  CO_1_0,
  EMN_1_0,
  DRM_REL_1_0,
  DRM_ROAP_2_1,
  OTA_SETTINGS,
  SYNC_SETTINGS,
] as const;

export type LanguageName = (typeof TABLES)[number]['name'];

export const LANGUAGES: readonly Language[] = TABLES.map(compileLanguage);

const byName = new Map(LANGUAGES.map((language) => [language.name, language]));
const byPublicId = new Map<number | string, Language>();
for (const language of LANGUAGES) {
  const { publicId, publicIdText } = language.table;
  if (publicId !== undefined) byPublicId.set(publicId, language);
  if (publicIdText !== undefined) byPublicId.set(publicIdText, language);
}

/** A compiled language may stand for its name everywhere, so that a table need not be registered to be used. */
export function languageNamed(name: LanguageName | Language): Language {
  const language = typeof name === 'string' ? byName.get(name) : name;
  if (language === undefined) throw new TypeError(`no WBXML language is called ${String(name)}`);
  return language;
}

/** The language of a registered number or a formal public identifier; surrounding blanks do not count. */
export function languageOfPublicId(publicId: number | string): Language | undefined {
  return byPublicId.get(typeof publicId === 'number' ? publicId : publicId.trim());
}
