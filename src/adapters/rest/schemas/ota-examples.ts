import type { z } from 'zod';
import type { OtaSettings } from '../../../provisioning/ota/ota-settings.ts';
import type { otaPreviewSchema, otaReportSchema, otaSendSchema, otaStartedSchema } from './ota.ts';

export const SETTINGS_EXAMPLE: OtaSettings = {
  name: 'Operator',
  connection: { type: 'packet', apn: 'internet.operator.example', isDefault: true },
  browser: { homePage: 'http://www.operator.example/' },
};

export const OTA_PREVIEW_EXAMPLE: z.output<typeof otaPreviewSchema> = {
  documentKind: 'serviceLoading',
  contentType: 'application/vnd.wap.slc',
  port: 2948,
  xml: '<sl href="http://www.operator.example/"/>',
  wbxmlHex: '02066a0085090c036f70657261746f722e6578616d706c652f0001',
  parts: 1,
  missingVariables: [],
};

export const OTA_STARTED_EXAMPLE: z.output<typeof otaStartedSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  expiresAt: '2026-02-07T12:00:00.000Z',
  recipients: [
    { recipient: '+491701234567', pushId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6b', parts: 2 },
    { recipient: '0170', refused: 'NETWPIN needs an IMSI, and none is known' },
  ],
  manual: '/api/v1/ota/0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a/manual',
};

export const OTA_SEND_EXAMPLE: z.output<typeof otaSendSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  source: 'settings',
  documentKind: 'provisioning',
  security: 'NETWPIN',
  recipientCount: 2,
  refusedCount: 1,
  createdAt: '2026-01-31T12:00:00.000Z',
  expiresAt: '2026-02-07T12:00:00.000Z',
};

export const OTA_REPORT_EXAMPLE: z.output<typeof otaReportSchema> = {
  ...OTA_SEND_EXAMPLE,
  states: { delivered: 1 },
  recipients: [
    {
      recipient: '+491701234567',
      pushId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6b',
      state: 'delivered',
      updatedAt: '2026-01-31T12:00:02.000Z',
    },
    { recipient: '0170', refused: 'NETWPIN needs an IMSI, and none is known' },
  ],
};
