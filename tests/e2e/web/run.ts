/** The web client in a real browser against a real server: two people meet, talk, and let a machine in. */
import { account } from './account.ts';
import { arrival } from './arrival.ts';
import { bigRoom } from './big_room.ts';
import { launch, Person } from './browser.ts';
import { direct } from './direct.ts';
import { hostilePage } from './hostile_page.ts';
import { devices } from './machines.ts';
import { meeting } from './meeting.ts';
import { people } from './people.ts';
import { phone } from './phone.ts';
import { relayed } from './relayed.ts';
import type { Scene } from './scene.ts';
import { startServer } from './server.ts';
import { Story } from './steps.ts';
import { interruption, talking } from './talking.ts';
import { terminals } from './terminals.ts';
import { trials } from './trials.ts';
import { transfers } from './transfers.ts';
import { visit } from './visit.ts';

const server = await startServer();
const browser = await launch();
const ana = await Person.arrive(browser, { permissions: ['clipboard-read', 'clipboard-write'] });
const ben = await Person.arrive(browser);
const story = new Story([ana, ben]);
const scene: Scene = { server, browser, story, ana, ben };
let failed = 0;
try {
  await arrival(scene);
  await meeting(scene);
  await talking(scene);
  await hostilePage(scene);
  await interruption(scene);
  await people(scene);
  await visit(scene);
  await devices(scene);
  await phone(scene);
  await transfers(scene);
  await terminals(scene); // before what makes the browser slow to connect: it holds back after failures
  await direct(scene);
  await relayed(scene);
  await account(scene);
  await bigRoom(scene);
  await trials(scene); // fails to connect on purpose
} catch (thrown) {
  failed = 1;
  await story.tell();
  console.log(thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown);
}
await browser.close();
await server.end();
console.log(`${String(story.passed)} passed, ${String(failed)} failed`);
process.exit(failed); // a step that failed may have left an agent behind, for which node would wait
