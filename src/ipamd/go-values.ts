/**
 * How Go reads integers and booleans from text, as far as the CNI depends on it. Pure parsing, no defaults.
 * Sources: Go's strconv.Atoi and strconv.ParseBool.
 */

const INT64_MAX = 9_223_372_036_854_775_807n;
const INT64_MIN = -9_223_372_036_854_775_808n;
const TRUE_WORDS: readonly string[] = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE_WORDS: readonly string[] = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** strconv.Atoi: an optional sign and decimal digits, within int64. `undefined` where Go returns an error. */
export function atoi(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text);
  if (value > INT64_MAX || value < INT64_MIN) return undefined;
  return Number(value);
}

/** strconv.ParseBool: twelve accepted words. `undefined` where Go returns an error. */
export function parseBool(text: string): boolean | undefined {
  if (TRUE_WORDS.includes(text)) return true;
  return FALSE_WORDS.includes(text) ? false : undefined;
}
