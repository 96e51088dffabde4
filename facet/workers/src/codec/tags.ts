/** CBOR tags of docs/values.md. */
export const TAG_DATE = 1;
export const TAG_BIG = 2;
export const TAG_NEGATIVE_BIG = 3;
export const TAG_SHAREABLE = 28;
export const TAG_REFERENCE = 29;
export const TAG_SET = 258;
export const TAG_MAP = 259;
export const TAG_REGEXP = 21066;
export const TAG_VIEW = 39001;
export const TAG_ERROR = 39002;
export const TAG_BOXED = 39003;
export const TAG_HOLE = 39004;
export const TAG_REF = 39005;
export const TAG_HEADERS = 39006;
export const TAG_REQUEST = 39007;
export const TAG_RESPONSE = 39008;

/** First byte of an encoded value. */
export const FORM_JSON = 0x4a;
export const FORM_CBOR = 0x43;
