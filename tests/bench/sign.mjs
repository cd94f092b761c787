// Writes signed Twilio requests, one a line: path TAB signature TAB body.
// node sign.mjs OUT inbound URL TOKEN COUNT | node sign.mjs OUT status URL TOKEN FILE (message ids, one a line)
import { createHash, createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const [to, kind, url, token, what] = process.argv.slice(2);
const texts = ['Where is my order?', 'where is my order', 'thanks', 'Can I change the size of the jacket?', 'When will it arrive?', 'HELP', '1', 'ok'];
const sign = (path, form) => createHmac('sha1', token)
  .update(url + path + Object.keys(form).sort().map((k) => k + form[k]).join('')).digest('base64');
const out = [];
function add(path, form) { out.push(`${path}\t${sign(path, form)}\t${new URLSearchParams(form)}`); }
const sid = (s) => `SM${createHash('md5').update(s).digest('hex')}`;

if (kind === 'inbound') {
  const run = Date.now();
  for (let i = 0; i < Number(what); i++) {
    add('/webhooks/twilio/bench/inbound', {
      ToCountry: 'US', ToState: 'CA', NumMedia: '0', FromState: 'CA', SmsStatus: 'received', FromCity: 'SAN FRANCISCO',
      MessageSid: sid(`${run}${i}`), AccountSid: 'AC00000000000000000000000000000001', ApiVersion: '2010-04-01', NumSegments: '1',
      From: `+1415${String(2000000 + (i * 7919) % 100000)}`, To: '+14155550100', Body: texts[i % texts.length],
    });
  }
} else {
  for (const id of readFileSync(what, 'utf8').trim().split('\n')) {
    add(`/webhooks/twilio/bench/status?m=${id}`, {
      MessageSid: sid(id), MessageStatus: 'delivered', SmsStatus: 'delivered', AccountSid: 'AC00000000000000000000000000000001',
      To: '+14152000001', From: '+14155550100', ApiVersion: '2010-04-01',
    });
  }
}
writeFileSync(to, `${out.join('\n')}\n`);
