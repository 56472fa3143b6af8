import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Trouble as Told, Way } from '../../protocol/direct';
import { Button } from '../kit/Button';
import { useTroubleWords } from './words';
import styles from './direct.module.css';

interface Props {
  readonly trouble: Told;
  readonly way: Way;
  readonly onTrust: () => void;
}

/** The cause, the next step, and for another key than before the way to accept it. */
export function Trouble({ trouble, way, onTrust }: Props) {
  const { t } = useTranslation();
  const words = useTroubleWords()(trouble, way);
  return (
    <div className={styles.trouble} title={trouble.detail}>
      <TriangleAlert size={15} aria-hidden />
      <p>{words}</p>
      {trouble.code === 'key_changed' && (
        <Button size="small" look="danger" onClick={onTrust}>
          {t('straight.trust')}
        </Button>
      )}
    </div>
  );
}
