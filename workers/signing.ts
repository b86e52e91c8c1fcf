/** Signatures, as the door uses them; they live in platform/ because letters carry them too. */
export { digest, isSigned, mac, sign, type Purpose } from '../platform/signing.ts'
