#!/usr/bin/env bash
# Playwright's setOffline(true) silences an open WebSocket without closing it, and leaves an open EventSource alone.
. "$(dirname "$0")/lib.bash"
browser=$(command -v chromium) || { echo 'needs chromium (apt-get install chromium)' >&2; exit 2; }
npm init -y > /dev/null
npm install --silent --no-audit --no-fund playwright-core@1.55.0 ws@8.18.3 > npm.log 2>&1 || { tail -5 npm.log >&2; exit 2; }
cat > finding.js <<'JS'
const http = require('http'), { chromium } = require('playwright-core'), { WebSocketServer } = require('ws');
const server = http.createServer((request, response) => {
  const stream = request.url === '/stream';
  response.writeHead(200, { 'Content-Type': stream ? 'text/event-stream' : 'text/html' });
  if (!stream) return response.end('<p>page</p>');
  const every = setInterval(() => response.write('data: x\n\n'), 100);
  request.on('close', () => clearInterval(every));
});
new WebSocketServer({ server }).on('connection', socket => {
  const every = setInterval(() => socket.send('x'), 100);
  socket.on('close', () => clearInterval(every));
});
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
(async () => {
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: process.argv[2], args: ['--no-sandbox', '--disable-gpu',
    '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
  const context = await browser.newContext(), page = await context.newPage();
  await page.goto('http://127.0.0.1:' + server.address().port);
  await page.evaluate(() => {
    window.frames_ = 0; window.events_ = 0;
    window.socket_ = new WebSocket(location.href.replace('http', 'ws'));
    socket_.onmessage = () => frames_++;
    window.source_ = new EventSource('/stream');
    source_.onmessage = () => events_++;
  });
  await page.waitForFunction(() => frames_ > 3 && events_ > 3);
  await context.setOffline(true);
  await pause(300);
  const before = await page.evaluate(() => [frames_, events_]);
  await pause(3000);
  const after = await page.evaluate(() => [frames_, events_, socket_.readyState, source_.readyState]);
  const goes = (i) => after[i] > before[i] ? 'goes on' : 'is silent';
  console.log(`WebSocket ${goes(0)}, state ${after[2]}; EventSource ${goes(1)}, state ${after[3]}`);
  await browser.close();
  process.exit(0);
})().catch(error => { console.error(error); process.exit(2); });
JS
seen=$(timeout 120 node finding.js "$browser" 2> node.log) || { tail -5 node.log >&2; exit 2; }
verdict "Playwright 1.55.0, $("$browser" --version 2> /dev/null | cut -d' ' -f1,2): both open, then setOffline(true)" \
  'WebSocket is silent, state 3; EventSource is silent, state 0' \
  'WebSocket is silent, state 1; EventSource goes on, state 1' "$seen"
