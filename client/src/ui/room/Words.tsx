/** A message's words as they were meant: every part is an element of ours, nothing is ever read as HTML. */
import { useTranslation } from 'react-i18next';
import type { Part } from '../../model/rich_text';
import { CopyButton } from '../kit/CopyButton';
import styles from './timeline.module.css';

export function Parts({ parts }: { readonly parts: readonly Part[] }) {
  return parts.map((part, index) => <OnePart key={index} part={part} />);
}

function OnePart({ part }: { readonly part: Part }) {
  switch (part.kind) {
    case 'link':
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer">
          {part.text}
        </a>
      );
    case 'code':
      return <code>{part.text}</code>;
    case 'block':
      return <Block text={part.text} />;
    case 'strong':
      return (
        <strong>
          <Parts parts={part.parts} />
        </strong>
      );
    case 'em':
      return (
        <em>
          <Parts parts={part.parts} />
        </em>
      );
    case 'strike':
      return (
        <s>
          <Parts parts={part.parts} />
        </s>
      );
    case 'quote':
      return (
        <blockquote>
          <Parts parts={part.parts} />
        </blockquote>
      );
    case 'text':
      return <span>{part.text}</span>;
  }
}

function Block({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  return (
    <div className={styles.block}>
      <pre tabIndex={0}>{text}</pre>
      <CopyButton
        className={styles.blockCopy}
        size="small"
        look="plain"
        label={t('chat.copyCode')}
        text={text}
      />
    </div>
  );
}
