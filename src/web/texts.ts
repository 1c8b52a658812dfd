import { accessTexts } from './texts/access.ts';
import { campaignsTexts } from './texts/campaigns.ts';
import { linksTexts } from './texts/links.ts';
import { otaTexts } from './texts/ota.ts';
import { overviewTexts } from './texts/overview.ts';
import { shellTexts } from './texts/shell.ts';

/** Every English text of the page, by area: what is to be translated stands here and nowhere else. */
export const texts = {
  shell: shellTexts,
  overview: overviewTexts,
  access: accessTexts,
  campaigns: campaignsTexts,
  links: linksTexts,
  ota: otaTexts,
} as const;
