/** Global tokens: the same in every language and code page (WBXML 1.3, section 7.1). */
export const SWITCH_PAGE = 0x00;
export const END = 0x01;
export const ENTITY = 0x02;
export const STR_I = 0x03;
export const LITERAL = 0x04;
export const EXT_I_0 = 0x40;
export const EXT_I_2 = 0x42;
export const PI = 0x43;
export const LITERAL_C = 0x44;
export const EXT_T_0 = 0x80;
export const EXT_T_2 = 0x82;
export const STR_T = 0x83;
export const LITERAL_A = 0x84;
export const EXT_0 = 0xc0;
export const EXT_2 = 0xc2;
export const OPAQUE = 0xc3;
export const LITERAL_AC = 0xc4;

/** A tag token's upper two bits (section 5.8.2). */
export const HAS_ATTRIBUTES = 0x80;
export const HAS_CONTENT = 0x40;
/** The lower six bits; below {@link FIRST_TAG} they mean a global token. */
export const TAG_MASK = 0x3f;
export const FIRST_TAG = 0x05;
/** Attribute code space: below are attribute starts, from here on attribute values (section 5.8.3). */
export const FIRST_ATTRIBUTE_VALUE = 0x80;

/** The version byte: major minus one in the upper half, minor in the lower (section 5.4). */
export const VERSIONS = ['1.0', '1.1', '1.2', '1.3'] as const;
export type WbxmlVersion = (typeof VERSIONS)[number];

/** Public identifier of a document whose language is not said (section 7.2). */
export const PUBLIC_ID_UNKNOWN = 1;
