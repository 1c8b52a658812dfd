/** Ids that this server gives out. Anything else cannot name a row, and is not worth a question to the store. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

export const MAX_DEVICE_ID_LENGTH = 255;

/** What a device may call itself in `Source/LocURI`: text without controls and halves of surrogate pairs. */
export function isDeviceId(text: string): boolean {
  return text.length <= MAX_DEVICE_ID_LENGTH && /^[^\p{Cc}\p{Cs}]+$/u.test(text);
}
