// The header that the pages share: the name, and the way to the other pages.
import { LitElement, html, nothing } from 'lit';
import { define } from '../shared/define.ts';
import { styles } from './page-nav.styles.ts';
import { theme } from '../shared/theme.styles.ts';

export type PageName = 'app' | 'embed' | 'latency' | 'files';

const PAGES: readonly { page: PageName; name: string; href: string }[] = [
  { page: 'app', name: 'App', href: './index.html' },
  { page: 'embed', name: 'Embed', href: './embed.html' },
  { page: 'latency', name: 'Latency', href: './latency.html' },
  { page: 'files', name: 'Files', href: './files.html' },
];

/**
 * Links to the pages.
 *
 * @attr {'app' | 'embed' | 'latency' | 'files'} current - the page that this is
 */
export class PageNav extends LitElement {
  static override styles = [theme, styles];
  static override properties = { current: { type: String } };

  declare current: PageName | '';

  constructor() {
    super();
    this.current = '';
  }

  override render() {
    return html`
      <header>
        <div class="bar">
          <a class="name" href="./index.html"><span class="mark" aria-hidden="true"></span>CrossMamba</a>
          <nav aria-label="Pages">
            <ul>
              ${PAGES.map(
                ({ page, name, href }) =>
                  html`<li>
                    <a href=${href} aria-current=${page === this.current ? 'page' : nothing}>${name}</a>
                  </li>`,
              )}
            </ul>
          </nav>
        </div>
      </header>
    `;
  }
}

define('page-nav', PageNav);

declare global {
  interface HTMLElementTagNameMap {
    'page-nav': PageNav;
  }
}
