import type { components } from '../../api/schema.d.ts';

// What the server says of campaigns. Apart from the queries, so that what only speaks of them needs no browser.
export type Campaign = components['schemas']['Campaign'];
export type CountedCampaign = components['schemas']['CountedCampaign'];
export type CampaignState = Campaign['state'];
export type Progress = components['schemas']['CampaignProgress'];
export type Failure = components['schemas']['CampaignFailure'];
export type Target = components['schemas']['CampaignTarget'];
export type TargetState = Target['state'];
export type Timeline = components['schemas']['CampaignTimeline'];
export type CampaignEvent = components['schemas']['Event'];
