/** The little markup that chat knows: links, `code` and fenced blocks. Everything else stays text. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'block'; readonly text: string };

const fence = /```[^\n`]*\n([\s\S]*?)\n?```\n?/g;
const inline = /`([^`\n]+)`|(https?:\/\/[^\s<>"'`]+)/g;

/** Punctuation that ends a sentence is rarely part of the address; a bracket is, when it was opened in it. */
function trimmedAddress(address: string): string {
  let end = address.length;
  for (; end > 0; end--) {
    const last = address.charAt(end - 1);
    const body = address.slice(0, end - 1);
    if (last === ')' && body.split('(').length > body.split(')').length) break;
    if (!'.,;:!?)]}»’'.includes(last)) break;
  }
  return address.slice(0, end);
}

function inlineParts(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  const plain = (end: number) => {
    if (end > at) parts.push({ kind: 'text', text: text.slice(at, end) });
  };
  for (const match of text.matchAll(inline)) {
    const [whole, code, address] = match;
    plain(match.index);
    at = match.index + whole.length;
    if (code !== undefined) parts.push({ kind: 'code', text: code });
    if (address !== undefined) {
      const href = trimmedAddress(address);
      at = match.index + href.length;
      parts.push({ kind: 'link', text: href, href });
    }
  }
  plain(text.length);
  return parts;
}

export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(fence)) {
    const before = text.slice(at, match.index).replace(/\n$/, '');
    parts.push(...inlineParts(before), { kind: 'block', text: match[1] ?? '' });
    at = match.index + match[0].length;
  }
  return [...parts, ...inlineParts(text.slice(at))];
}
