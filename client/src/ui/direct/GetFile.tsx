import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { Dialog, DialogFoot } from '../kit/Dialog';
import { Field } from '../kit/Field';
import { CopyField } from '../kit/Parts';
import styles from './direct.module.css';

interface Props {
  readonly machine: string;
  readonly name: string;
  readonly onClose: () => void;
}

/** Asks for the path of a file on a machine, and fetches it into this browser. */
export function GetFile({ machine, name, onClose }: Props) {
  const { t } = useTranslation();
  const { direct, thisDevice } = useWorkspace();
  const self = useStore(thisDevice) ?? '';
  const [path, setPath] = useState('');
  const absolute = path.startsWith('/') && !path.endsWith('/');
  const what = { name: path.slice(path.lastIndexOf('/') + 1), size: 0 };
  return (
    <Dialog title={t('straight.getFrom', { name })} onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          direct.take(machine, { offer: null, path }, what);
          onClose();
        }}
      >
        <Field
          label={t('straight.pathLabel')}
          hint={t('straight.pathHint')}
          error={path === '' || absolute ? null : t('straight.pathWrong')}
          value={path}
          onValue={setPath}
          autoComplete="off"
          spellCheck={false}
          code
          required
        />
        <p className={styles.note}>{t('straight.allow', { name })}</p>
        <CopyField
          label={t('straight.allowLabel')}
          text={`mesh-agent rules add --from ${self} --allow-get FOLDER`}
        />
        <DialogFoot>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          {direct.canChoosePlace && (
            <Button
              disabled={!absolute}
              onClick={() => {
                onClose();
                void direct.takeTo(machine, { offer: null, path }, what);
              }}
            >
              {t('straight.saveAs')}
            </Button>
          )}
          <Button type="submit" look="primary" disabled={!absolute}>
            {t('straight.save')}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
