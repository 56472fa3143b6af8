import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './Button';

interface Props {
  readonly text: string;
  /** What is copied: "Copy the code". */
  readonly label: string;
  readonly size?: 'small' | 'usual';
  readonly look?: 'plain' | 'quiet';
  readonly className?: string | undefined;
}

const shownMilliseconds = 2_000;

/** Puts a text on the clipboard and says so for a moment. */
export function CopyButton({ text, label, size = 'usual', look = 'plain', className }: Props) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => {
      setCopied(false);
    }, shownMilliseconds);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);
  return (
    <>
      <IconButton
        className={className}
        size={size}
        look={look}
        label={copied ? t('common.copied') : label}
        icon={copied ? <Check size={16} /> : <Copy size={16} />}
        onClick={() => {
          void navigator.clipboard.writeText(text).then(() => {
            setCopied(true);
          });
        }}
      />
      <span role="status" className="visually-hidden">
        {copied ? t('common.copied') : ''}
      </span>
    </>
  );
}
