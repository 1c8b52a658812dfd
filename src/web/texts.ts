import { accessTexts } from './texts/access.ts';
import { campaignsTexts } from './texts/campaigns.ts';
import { deliveryTexts } from './texts/deliveries.ts';
import { deviceTexts } from './texts/devices.ts';
import { linksTexts } from './texts/links.ts';
import { otaTexts } from './texts/ota.ts';
import { overviewTexts } from './texts/overview.ts';
import { packageTexts } from './texts/packages.ts';
import { sessionTexts } from './texts/sessions.ts';
import { shellTexts } from './texts/shell.ts';

/** Every English text of the page, by area: what is to be translated stands here and nowhere else. */
export const texts = {
  shell: shellTexts,
  overview: overviewTexts,
  packages: packageTexts,
  deliveries: deliveryTexts,
  devices: deviceTexts,
  sessions: sessionTexts,
  access: accessTexts,
  campaigns: campaignsTexts,
  links: linksTexts,
  ota: otaTexts,
} as const;
