/** What operations are gathered under in the OpenAPI document, in a reader's words. A new one needs its row here. */
export const TAGS = {
  Packages: 'Documents to deliver: uploaded, checked, kept in revisions.',
  Devices: 'The devices this server knows, and their DM accounts.',
  Descriptions: 'Device description frameworks: what a kind of device takes, so that orders can be held against it.',
  Tree: 'What devices hold: read, discovered, and who may change it.',
  Deliveries: 'A package on its way to one device, and the answer to every command of it.',
  Sessions: 'The DM sessions of devices, and what was said in them.',
  Alerts: 'What devices tell on their own account.',
  OTA: 'Settings and documents that are pushed by SMS, to devices and to mere phone numbers.',
  Objects: 'Large values of devices.',
  Pushes: 'Short messages on their way: triggers and documents.',
  Links: 'Connections to SMS centres, and what came in over them.',
  Campaigns:
    'Programs for many devices: gradually, within limits, visibly; and they stop by themselves when they go wrong.',
  Events: 'What has happened, as pages, as a stream, and told to programs.',
  Access: 'Who may use this API: users, keys and their roles, and what they did.',
  Operations: 'For whoever runs the server.',
} as const satisfies Readonly<Record<string, string>>;

export type Tag = keyof typeof TAGS;
