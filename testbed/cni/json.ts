/** An object of the API as it came: read field by field, trusted nowhere. */
export type Json = { readonly [key: string]: unknown };

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What lies at a path; an empty object where there is none. */
export function at(object: Json, ...path: readonly string[]): Json {
  return path.reduce<Json>((inside, key) => {
    const value = inside[key];
    return isJson(value) ? value : {};
  }, object);
}

/** The objects of the list at a path. */
export function listAt(object: Json, ...path: readonly string[]): readonly Json[] {
  const value = at(object, ...path.slice(0, -1))[path.at(-1) ?? ''];
  return Array.isArray(value) ? value.filter(isJson) : [];
}

/** The empty text for anything that is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
