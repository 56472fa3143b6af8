/** The little markup that chat knows: links, `code`, fenced blocks, **bold**, *italic*, ~~struck~~, > quotes. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'block'; readonly text: string }
  | { readonly kind: 'strong' | 'em' | 'strike' | 'quote'; readonly parts: readonly Part[] };

const fence = /```[^\n`]*\n([\s\S]*?)\n?```\n?/g;
/** Bounded, or a hostile text would be searched again and again. Code first, then addresses: what looks like emphasis inside them stays as it is. */
const inline = new RegExp(
  [
    '`([^`\\n]+)`',
    '(https?:\\/\\/[^\\s<>"\'`]+)',
    '\\*\\*(?=\\S)([^\\n]{1,500}?)(?<=\\S)\\*\\*',
    '~~(?=\\S)([^\\n]{1,500}?)(?<=\\S)~~',
    '(?<![\\w*])\\*(?=[^\\s*])([^*\\n]{1,500}?)(?<=\\S)\\*(?![\\w*])',
    '(?<!\\w)_(?=[^\\s_])([^_\\n]{1,500}?)(?<=\\S)_(?!\\w)',
  ].join('|'),
  'g',
);
/** Deeper than anyone writes; a message made to nest more shows its marks. */
const deepest = 4;

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

function inlineParts(text: string, depth = 0): Part[] {
  const parts: Part[] = [];
  let at = 0;
  const plain = (end: number) => {
    if (end > at) parts.push({ kind: 'text', text: text.slice(at, end) });
  };
  for (const match of text.matchAll(inline)) {
    const [whole, code, address, strong, strike, star, underscore] = match;
    const em = star ?? underscore;
    if (code === undefined && address === undefined && depth === deepest) continue;
    plain(match.index);
    at = match.index + whole.length;
    if (code !== undefined) parts.push({ kind: 'code', text: code });
    else if (address !== undefined) {
      const href = trimmedAddress(address);
      at = match.index + href.length;
      parts.push({ kind: 'link', text: href, href });
    } else if (strong !== undefined)
      parts.push({ kind: 'strong', parts: inlineParts(strong, depth + 1) });
    else if (strike !== undefined)
      parts.push({ kind: 'strike', parts: inlineParts(strike, depth + 1) });
    else if (em !== undefined) parts.push({ kind: 'em', parts: inlineParts(em, depth + 1) });
  }
  plain(text.length);
  return parts;
}

const quoted = /^> ?/;

/** Lines that begin with ">" become a quote; the others are read as they stand. */
function lineParts(text: string): Part[] {
  const parts: Part[] = [];
  let group: string[] = [];
  let inQuote = false;
  const close = () => {
    if (group.length === 0) return;
    const words = group.join('\n');
    if (inQuote) parts.push({ kind: 'quote', parts: inlineParts(words) });
    else parts.push(...inlineParts(words));
    group = [];
  };
  for (const line of text.split('\n')) {
    if (quoted.test(line) !== inQuote) {
      close();
      inQuote = !inQuote;
    }
    group.push(inQuote ? line.replace(quoted, '') : line);
  }
  close();
  return parts;
}

export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(fence)) {
    const before = text.slice(at, match.index).replace(/\n$/, '');
    parts.push(...lineParts(before), { kind: 'block', text: match[1] ?? '' });
    at = match.index + match[0].length;
  }
  return [...parts, ...lineParts(text.slice(at))];
}
