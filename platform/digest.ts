/** SHA-256 without a promise: a draw hashes a crowd's lots one after another, and a promise costs more than the hash. */
import { sha256 } from '@noble/hashes/sha2.js'
import type { Digest } from '../domain/room/bytes.ts'

export const systemDigest: Digest = sha256
