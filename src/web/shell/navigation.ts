import type { IconName } from '../parts/icon.tsx';
import { texts } from '../texts.ts';

export interface NavigationEntry {
  readonly to:
    | '/'
    | '/packages'
    | '/devices'
    | '/deliveries'
    | '/sessions'
    | '/ota'
    | '/campaigns'
    | '/links'
    | '/access';
  readonly label: string;
  readonly icon: IconName;
  /** Pressed after `g` it goes there. */
  readonly key: string;
}

const { nav } = texts.shell;

/** The pages, as they stand in the navigation. */
export const NAVIGATION: readonly NavigationEntry[] = [
  { to: '/', label: nav.overview, icon: 'overview', key: 'o' },
  { to: '/packages', label: nav.packages, icon: 'package', key: 'p' },
  { to: '/devices', label: nav.devices, icon: 'device', key: 'd' },
  { to: '/deliveries', label: nav.deliveries, icon: 'delivery', key: 'v' },
  { to: '/sessions', label: nav.sessions, icon: 'sessions', key: 's' },
  { to: '/ota', label: nav.ota, icon: 'ota', key: 't' },
  { to: '/campaigns', label: nav.campaigns, icon: 'campaign', key: 'c' },
  { to: '/links', label: nav.links, icon: 'link', key: 'l' },
  { to: '/access', label: nav.access, icon: 'access', key: 'a' },
];
