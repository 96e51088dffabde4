import { createHash, createHmac, Hash, hash, Hmac } from "./lib/hash.js";
import { hashNames } from "./lib/hashes.js";
import { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from "./lib/derive.js";
import { missing } from "./lib/missing.js";
import { randomBytes, randomFill, randomFillSync, randomInt } from "./lib/random.js";

const webcrypto = globalThis.crypto;
const { subtle } = webcrypto;
const getRandomValues = (view) => webcrypto.getRandomValues(view);
const randomUUID = () => webcrypto.randomUUID();
const getHashes = () => [...hashNames];

const timingSafeEqual = (a, b) => subtle.timingSafeEqual(a, b);

const without = (name) => missing("node:crypto", name);
export const createCipheriv = without("createCipheriv");
export const createDecipheriv = without("createDecipheriv");
export const createDiffieHellman = without("createDiffieHellman");
export const createECDH = without("createECDH");
export const createPrivateKey = without("createPrivateKey");
export const createPublicKey = without("createPublicKey");
export const createSecretKey = without("createSecretKey");
export const createSign = without("createSign");
export const createVerify = without("createVerify");
export const generateKeyPair = without("generateKeyPair");
export const generateKeyPairSync = without("generateKeyPairSync");
export const privateDecrypt = without("privateDecrypt");
export const publicEncrypt = without("publicEncrypt");
export const sign = without("sign");
export const verify = without("verify");

export {
  createHash, createHmac, getHashes, getRandomValues, Hash, hash, hkdf, hkdfSync, Hmac, pbkdf2, pbkdf2Sync, randomBytes, randomFill, randomFillSync, randomInt, randomUUID,
  scrypt, scryptSync, subtle, timingSafeEqual, webcrypto,
};
export default {
  createCipheriv, createDecipheriv, createDiffieHellman, createECDH, createHash, createHmac, createPrivateKey, createPublicKey, createSecretKey, createSign, createVerify,
  generateKeyPair, generateKeyPairSync, getHashes, getRandomValues, Hash, hash, hkdf, hkdfSync, Hmac, pbkdf2, pbkdf2Sync, privateDecrypt, publicEncrypt, randomBytes,
  randomFill, randomFillSync, randomInt, randomUUID, scrypt, scryptSync, sign, subtle, timingSafeEqual, verify, webcrypto,
};
