import { expect, it } from 'vitest';
import type { Host } from '../src/host/host';
import { together } from '../src/host/together';

const here = {} as Host;

function reading() {
  const asked: number[][] = [];
  const read = together((_host: Host, ids: readonly number[]) => {
    asked.push([...ids]);
    return Promise.resolve(ids.map(id => ({ id })));
  });
  return { asked, read };
}

it('reads at once what is asked for at the same moment, and gives each his own', async () => {
  const { asked, read } = reading();
  const found = await Promise.all([read(here, [1, 2]), read(here, [2, 3]), read(here, [])]);
  expect(found).toEqual([[{ id: 1 }, { id: 2 }], [{ id: 2 }, { id: 3 }], []]);
  expect(asked).toEqual([[1, 2, 3]]);
});

it('reads anew what is asked for later, and fails for those alone who asked', async () => {
  const { asked, read } = reading();
  await read(here, [1]);
  await read(here, [1]);
  expect(asked).toEqual([[1], [1]]);

  let isDown = true;
  const shaky = together(() => (isDown ? Promise.reject(new Error('down')) : Promise.resolve([{ id: 1 }])));
  await expect(shaky(here, [1])).rejects.toThrow('down');
  isDown = false;
  expect(await shaky(here, [1])).toEqual([{ id: 1 }]);
});
