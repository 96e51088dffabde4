/** What windows-1252 has at 0x80 to 0x9f (Encoding standard, index-windows-1252). */
const HIGH = "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

export function decodeLatin1(b: Uint8Array): string {
  let out = "";
  for (const c of b) out += c >= 0x80 && c < 0xa0 ? HIGH[c - 0x80]! : String.fromCharCode(c);
  return out;
}

export interface UnitDecoder {
  decode(b: Uint8Array, more: boolean): string;
}

/** UTF-16 with its state between chunks: half a unit, and a lead surrogate. */
export function utf16Decoder(bigEndian: boolean, fatal: boolean): UnitDecoder {
  let half = -1;
  let lead = "";
  return {
    decode(b, more) {
      let out = lead;
      lead = "";
      for (const byte of b) {
        if (half < 0) {
          half = byte;
          continue;
        }
        out += String.fromCharCode(bigEndian ? (half << 8) | byte : (byte << 8) | half);
        half = -1;
      }
      const last = out.charCodeAt(out.length - 1);
      if (more && last >= 0xd800 && last < 0xdc00) {
        lead = out.slice(-1);
        out = out.slice(0, -1);
      }
      const broken = !more && half >= 0;
      if (!more) half = -1;
      if (fatal && (broken || !out.isWellFormed())) throw new TypeError("Failed to decode input.");
      return out.toWellFormed() + (broken ? "\ufffd" : "");
    },
  };
}
