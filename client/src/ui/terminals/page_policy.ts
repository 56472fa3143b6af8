/**
 * Lets xterm.js keep the page's policy (style-src 'self'): where it writes style sheets and style attributes as text, which
 * the policy forbids, they become constructed sheets and properties, which are a script's own to set. Its option for a
 * document of one's own does not reach all of its parts, so that the page's document does it.
 */

/** In the place of a <style>: what is written into it holds while it is on the page. */
function standIn(): HTMLElement {
  const place = create('div');
  place.hidden = true;
  const sheet = new CSSStyleSheet();
  const others = () => document.adoptedStyleSheets.filter((it) => it !== sheet);
  Object.defineProperty(place, 'textContent', {
    set: (text: string) => {
      sheet.replaceSync(text);
      document.adoptedStyleSheets = [...others(), sheet];
    },
  });
  place.remove = () => {
    document.adoptedStyleSheets = others();
    Element.prototype.remove.call(place);
  };
  return place;
}

const create = document.createElement.bind(document);

/** Once, before the first terminal. Nothing else on this page makes style elements. */
export function keepPagePolicy(): void {
  document.createElement = (name: string, options?: ElementCreationOptions) =>
    name === 'style' ? standIn() : create(name, options);
  HTMLSpanElement.prototype.setAttribute = function (name, value) {
    if (name === 'style') this.style.cssText = value;
    else Element.prototype.setAttribute.call(this, name, value);
  };
}
