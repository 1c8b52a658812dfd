import type { ConflictRule } from '../domain/campaign.ts';
import type { Rate } from '../domain/campaign-rate.ts';
import type { RetryPolicy } from '../domain/campaign-retry.ts';
import type { Thresholds } from '../domain/campaign-thresholds.ts';
import type { WaveOrder } from '../domain/campaign-waves.ts';
import type { ActiveWindows } from '../domain/campaign-window.ts';
import type { FailurePolicy } from '../domain/delivery.ts';
import type { OtaSettings } from '../provisioning/ota/ota-settings.ts';
import type { NodeProperty } from '../syncml/node-properties.ts';
import { UI_MODES, type UiMode } from './deliveries.ts';
import type {
  CampaignAudience,
  CampaignContent,
  CampaignMember,
  CampaignSecrets,
  SealedNames,
} from './ports/campaign-store.ts';
import type { SecurityName } from './push-security.ts';

/** What a campaign brings, as an admin says it. */
export type ContentOrder =
  | {
      readonly kind: 'package';
      readonly packageId: string;
      readonly variables?: Readonly<Record<string, string>>;
      readonly onFailure?: FailurePolicy;
      readonly uiMode?: UiMode;
    }
  | {
      readonly kind: 'discovery';
      readonly root?: string;
      readonly maxDepth?: number;
      readonly maxNodes?: number;
      readonly maxMessages?: number;
      readonly properties?: readonly NodeProperty[];
      readonly uiMode?: UiMode;
    }
  | {
      readonly kind: 'push';
      readonly packageId?: string;
      readonly settings?: OtaSettings;
      readonly security?: SecurityName;
      readonly pin?: string;
      readonly variables?: Readonly<Record<string, string>>;
      readonly successAt?: 'sent' | 'delivered';
    };

/** What an admin asks for. Whatever is left out is as little as can be: one wave, no limits, one attempt. */
export interface NewCampaignOrder {
  readonly name: string;
  readonly content: ContentOrder;
  readonly audience: CampaignAudience;
  /** With an audience of kind `list`: the first of it. */
  readonly members?: readonly CampaignMember[];
  readonly deviceVariables?: Readonly<Record<string, string>>;
  readonly membership?: 'fixed' | 'dynamic';
  readonly waves?: readonly WaveOrder[];
  readonly thresholds?: Thresholds;
  readonly rate?: Rate;
  readonly windows?: ActiveWindows;
  readonly startAt?: Date;
  readonly endAt?: Date;
  readonly timeoutMs?: number;
  readonly retry?: RetryPolicy;
  readonly priority?: number;
  readonly conflict?: ConflictRule;
  readonly needsApproval?: boolean;
  /** A campaign from which is taken what is sealed and not said here; and its list, where a new one says none. */
  readonly from?: string;
}

/** What is sealed, by its names only. */
export function namesOf({ variables = {}, settings, pin }: CampaignSecrets): SealedNames {
  const names = Object.keys(variables);
  return {
    ...(names.length > 0 && { variables: names }),
    ...(settings !== undefined && { settings: Object.keys(settings) }),
    ...(pin !== undefined && { pin: true as const }),
  };
}

/** An order for content with what it leaves out, and apart from it what is kept sealed. */
export function contentOf(order: ContentOrder): {
  readonly content: CampaignContent;
  readonly secrets: CampaignSecrets;
} {
  const uiMode = 'uiMode' in order ? UI_MODES[order.uiMode ?? 'background'] : UI_MODES.background;
  const secrets: CampaignSecrets = {
    ...('variables' in order && order.variables !== undefined && { variables: order.variables }),
    ...('settings' in order && order.settings !== undefined && { settings: order.settings }),
    ...('pin' in order && order.pin !== undefined && { pin: order.pin }),
  };
  switch (order.kind) {
    case 'package': {
      const { kind, packageId, onFailure = 'continue' } = order;
      return { content: { kind, packageId, onFailure, uiMode }, secrets };
    }
    case 'discovery': {
      const { root = '.' } = order;
      return { content: { ...order, root, uiMode }, secrets };
    }
    case 'push': {
      const { kind, packageId, security = 'none', successAt = 'delivered' } = order;
      return { content: { kind, ...(packageId !== undefined && { packageId }), security, successAt }, secrets };
    }
  }
}
