/** Stands in for a page that failed while it was drawn: without it, React would take everything away. */
import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AuthFrame } from './auth/AuthFrame';
import { Button } from './kit/Button';

interface Props {
  /** The address: another page may be fine. */
  readonly at: string;
  readonly children: ReactNode;
}

export class Guard extends Component<Props, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override componentDidUpdate(before: Props): void {
    if (this.state.broken && before.at !== this.props.at) this.setState({ broken: false });
  }

  override render(): ReactNode {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useTranslation();
  return (
    <AuthFrame title={t('broken.title')}>
      <p role="alert">{t('broken.text')}</p>
      <Button
        look="primary"
        onClick={() => {
          location.reload();
        }}
      >
        {t('broken.reload')}
      </Button>
    </AuthFrame>
  );
}
