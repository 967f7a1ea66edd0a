/**
 * The text, or as many characters of it as the schema's `maxLength` allows: a longer one would make the API server
 * refuse the whole status. It counts code points, and so does this.
 */
export function clipped(text: string, mostCharacters: number): string {
  if (text.length <= mostCharacters) return text;
  const characters = [...text];
  return characters.length <= mostCharacters ? text : `${characters.slice(0, mostCharacters - 1).join('')}…`;
}
