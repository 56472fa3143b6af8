/** Questions before something leaves the terminal, or enters it. */
import { useTranslation } from 'react-i18next';
import { Button } from '../kit/Button';
import { Dialog, DialogFoot } from '../kit/Dialog';
import styles from './terminals.module.css';

/** The address of a link, when it is one that may be opened at all. */
function openable(address: string): URL | null {
  try {
    const url = new URL(address);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url : null;
  } catch {
    return null;
  }
}

interface LinkProps {
  readonly address: string;
  readonly onClose: () => void;
}

/** Programs over there say where a link leads, and may lie in its text: the address itself is shown. */
export function OpenLink({ address, onClose }: LinkProps) {
  const { t } = useTranslation();
  const url = openable(address);
  return (
    <Dialog title={t('terminals.link.title')} onClose={onClose}>
      <p>{t(url ? 'terminals.link.text' : 'terminals.link.bad')}</p>
      <code className={styles.address}>{url ? url.href : address}</code>
      {url && <p>{t('terminals.link.site', { host: url.host })}</p>}
      <DialogFoot>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        {url && (
          <Button
            look="primary"
            onClick={() => {
              window.open(url.href, '_blank', 'noopener,noreferrer');
              onClose();
            }}
          >
            {t('terminals.link.open')}
          </Button>
        )}
      </DialogFoot>
    </Dialog>
  );
}

interface PasteProps {
  readonly text: string;
  readonly machine: string;
  readonly onPaste: () => void;
  readonly onClose: () => void;
}

export function AskPaste({ text, machine, onPaste, onClose }: PasteProps) {
  const { t } = useTranslation();
  const count = text.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n').length;
  return (
    <Dialog title={t('terminals.paste.title')} onClose={onClose}>
      <p>{t('terminals.paste.text', { count, machine })}</p>
      <pre className={styles.pasted} tabIndex={0}>
        {text}
      </pre>
      <DialogFoot>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button
          look="danger"
          onClick={() => {
            onPaste();
            onClose();
          }}
        >
          {t('terminals.paste.paste')}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
