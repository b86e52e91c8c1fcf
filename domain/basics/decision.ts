/** What a decision answers: the move to record, or the reason for saying no. */
export type Decision<Value, Refusal> = { ok: true; value: Value } | { ok: false; refusal: Refusal }

export const accept = <Value>(value: Value): Decision<Value, never> => ({ ok: true, value })
export const refuse = <Refusal>(refusal: Refusal): Decision<never, Refusal> => ({ ok: false, refusal })
