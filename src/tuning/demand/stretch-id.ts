/** Names a stretch: the node's uid, which stretch of its life while it was watched, and when that began. */
export type StretchId = { readonly uid: string; readonly ordinal: number; readonly fromMs: number };

export function stretchIdOf({ uid, ordinal, fromMs }: StretchId): string {
  return `${uid}#${ordinal}@${fromMs}`;
}

/** The uid may hold any character, so the id is read from its end. */
export function partsOfStretchId(id: string): StretchId {
  const at = id.lastIndexOf('@');
  const hash = id.lastIndexOf('#', at);
  return { uid: id.slice(0, hash), ordinal: Number(id.slice(hash + 1, at)), fromMs: Number(id.slice(at + 1)) };
}
