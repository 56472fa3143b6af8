import { expect, test } from 'vitest';
import { Resource } from './resource';

test('a change that comes while an older answer is on its way is not undone by it', async () => {
  const answers: ((value: string[]) => void)[] = [];
  const list = new Resource<string[]>(() => new Promise((resolve) => answers.push(resolve)));
  const first = list.load();
  answers[0]?.(['build']);
  await first;
  const second = list.load();
  list.change((all) => [...all, 'private']);
  answers[1]?.(['build']); // looked up before it was shared
  await second;
  expect(list.state.get().value).toEqual(['build', 'private']);
  expect(answers).toHaveLength(3);
  answers[2]?.(['build', 'private']);
  await expect.poll(() => list.state.get().status).toBe('ready');
  expect(list.state.get().value).toEqual(['build', 'private']);
});

test('what changes before the first answer is asked for anew; without a question nothing is', async () => {
  let asked = 0;
  const list = new Resource<string[]>(() => Promise.resolve([`answer ${String(++asked)}`]));
  list.change((all) => [...all, 'x']);
  expect(asked).toBe(0);
  const first = list.load();
  list.change((all) => [...all, 'x']);
  await first;
  await expect
    .poll(() => list.state.get())
    .toEqual({ status: 'ready', value: ['answer 2'], error: null });
  list.change((all) => [...all, 'x']);
  expect(list.state.get().value).toEqual(['answer 2', 'x']);
  expect(asked).toBe(2);
});
