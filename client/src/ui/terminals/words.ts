import { useTranslation } from 'react-i18next';
import type { Keyboard } from '../../model/terminal';
import type { TerminalReport } from '../../protocol/terminal';
import { useTroubleWords } from '../direct/words';
import { terminals } from '../texts/en_terminals';

const { why, denied, lost } = terminals;
const isOurs = (code: string): code is keyof typeof why => Object.hasOwn(why, code);
const isDenial = (code: string): code is keyof typeof denied => Object.hasOwn(denied, code);
const isLoss = (code: string): code is keyof typeof lost => Object.hasOwn(lost, code);

/** Why the keyboard was not given, or is gone. */
export function useKeyboardWords(): (keyboard: Keyboard) => string {
  const { t } = useTranslation();
  return (keyboard) => {
    if (keyboard.state === 'denied') {
      const { reason } = keyboard;
      return isDenial(reason)
        ? t(`terminals.denied.${reason}`, { code: reason })
        : t('terminals.denied.other', { code: reason });
    }
    if (keyboard.state === 'lost')
      return t(`terminals.lost.${isLoss(keyboard.reason) ? keyboard.reason : 'other'}`);
    return '';
  };
}

/** Why nothing is seen. */
export function useTerminalTrouble(): (report: TerminalReport) => string {
  const { t } = useTranslation();
  const direct = useTroubleWords();
  return ({ error }) => {
    if (!error) return t('terminals.phase.failed');
    return isOurs(error.code) ? t(`terminals.why.${error.code}`) : direct(error, 'in');
  };
}
