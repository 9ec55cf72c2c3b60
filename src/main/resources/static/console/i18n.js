/** Every text of the console, in English and Chinese. */

const en = {
  skip: 'Skip to the content',
  signIn: 'Sign in', signOut: 'Sign out', token: 'Access token (JWT)',
  signInHow: 'Paste an access token. It stays in this tab and nowhere else.',
  signInProvider: 'Sign in with the identity provider', providerFailed: 'The identity provider did not sign you in: {why}',
  notToken: 'This is not a token: a JWT has three parts with a dot between them.',
  expired: 'Your token no longer counts. Sign in with a new one.',
  refused: 'The server does not take this token.',
  forbidden: 'Your role does not allow this.',
  unreachable: 'The server does not answer: {why}',
  validUntil: 'valid until {time}',
  hawtio: 'Hawtio', hawtioFailed: 'Hawtio cannot be opened: {why}',
  newBatch: 'New batch', cluster: 'Cluster', selector: 'Label selector', filter: 'Filter by name',
  unreachableCluster: '{name} (not reachable)',
  nodes: 'Nodes', all: 'All', none: 'None',
  picked: '{picked} picked, {shown} of {all} shown',
  nodesHow: 'Shift selects a range. Space picks, Ctrl+A picks all shown.',
  noNodes: 'No node matches.', loading: 'Loading…',
  cordoned: 'cordoned', notReady: 'not ready', tainted: 'tainted',
  operation: 'Operation', moreOptions: 'More options',
  opcordon: 'Cordon', opuncordon: 'Uncordon', opdrain: 'Drain', oplabel: 'Label', optaint: 'Taint', oproll: 'Roll',
  labels: 'Labels', labelsHow: 'key=value sets, key- removes; one a line',
  taints: 'Taints', taintsHow: 'key=value:NoSchedule adds, key:NoSchedule- removes; one a line',
  otherOptions: 'Options (JSON)', otherOptionsHow: 'An object, as the route of this operation reads it',
  ignore_daemonsets: 'Leave DaemonSet pods alone',
  delete_emptydir_data: 'Evict pods although emptyDir data is lost',
  force: 'Evict pods that nobody would recreate',
  grace_period_seconds: 'Grace period (s)', timeout_seconds: 'Time for a node (s)',
  max_unavailable: 'At most unavailable', max_unavailableHow: '5 or 10%',
  concurrency: 'At once', stop_after_failures: 'Stop after failures', reason: 'Reason',
  dry_run: 'Dry run: check, change nothing', standard: 'default',
  review1: '{op} {n} node…', review: '{op} {n} nodes…', reviewNone: 'Pick nodes to {op}',
  viewer: 'The role viewer watches and starts nothing.',
  badLabel: 'Line {line} is no label: {text}', badTaint: 'Line {line} is no taint: {text}',
  badJson: 'The options are not a JSON object.', needed: 'Needed: {what}',
  back: 'Back', confirmTitle1: '{op} {n} node of {cluster}?', confirmTitle: '{op} {n} nodes of {cluster}?',
  confirmDry: 'Dry run {op}: {n} nodes of {cluster}?', confirmGo: '{op} {n} nodes', confirmGo1: '{op} {n} node',
  whatcordon: 'No new pods will be scheduled on them. What runs there goes on.',
  whatuncordon: 'New pods may be scheduled on them again.',
  whatdrain: 'They are cordoned, and their pods are evicted one after the other, as disruption budgets allow.',
  whatlabel: 'Their labels change: {what}.',
  whattaint: 'Their taints change: {what}. NoExecute evicts pods that do not tolerate it.',
  whatother: 'Runs {op} on each of them.',
  dryFact: 'Nothing is changed.',
  concurrencyFact: '{n} at once', stopFact: 'It stops after {n} failures', maxFact: 'At most {n} out of service',
  ignore_daemonsetsFact: 'DaemonSet pods stay', delete_emptydir_dataFact: 'emptyDir data is lost',
  forceFact: 'Pods without a controller are gone for good',
  graceFact: 'Pods get {n} s to end', timeoutFact: 'A node may take {n} s', reasonFact: 'Reason: {what}',
  andMore: 'and {n} more', conflictHint: 'Nothing was started.',
  watchEmpty: 'Nothing to watch yet. Pick nodes and an operation, or choose a task below.',
  approve: 'Approve', stapproval: 'waits for approval',
  pause: 'Pause', resume: 'Resume', stpaused: 'paused',
  cancel: 'Cancel batch', cancelling: 'Cancelling…', retryFailed: 'Retry {n} nodes', retryFailed1: 'Retry 1 node',
  done: 'Done', succeeded: 'Succeeded', failed: 'Failed', rate: 'Rate', left: 'Left', took: 'Took',
  perSecond: '{n}/s', progress: 'Progress', latency: 'Message latency',
  latencyLabel: 'Latency of the last {n} messages: median {p50} ms, highest {max} ms',
  pending: 'Waiting', running: 'In progress', unknownNode: 'a node',
  podPlan: 'What becomes of the pods', node: 'Node', pOrder: 'Order', pEvict: 'Go', pKeep: 'Stay', pRefuse: 'Refused',
  pLost: 'For good', pDiffers: 'Otherwise', pWhy: 'Why', moreNodes: 'More nodes',
  budgetBlocks: '{budget} blocks {n} of {pods}', noPlan: 'Nothing is known of its pods yet.',
  failuresTitle: '{n} failed', copyNames: 'Copy names', copied: 'Copied', moreNames: '+{n} more',
  fieldLabel: '{total} nodes: {ok} succeeded, {bad} failed, {rest} not done',
  history: 'Tasks', status: 'Status', scope: 'Whose', task: 'Task', started: 'Started',
  historyEmpty: 'No tasks.', older: 'Older tasks', anyStatus: 'Any status', own: 'Mine', everybody: 'Everybody’s',
  stpending: 'pending', strunning: 'running', stcompleted: 'completed', stfailed: 'failed', stcancelled: 'cancelled',
  ststopped: 'stopped', stpartly: 'with failures', retryOf: 'retry of {id}', ofUser: 'user {id}', unseenEnd: 'not seen yet',
  linkopen: 'Live', linkconnecting: 'Connecting…', linkwaiting: 'Back in {s} s', linkstopped: 'Offline',
  linkunauthenticated: 'Signed out', linkforbidden: 'Refused', linksse: 'Live (SSE)',
  linksilent: 'Line silent since {time}, reconnecting',
  statusUnknown: 'no answer',
  ftype: 'Notifier', fstate: 'State', fsince: 'Since', fattempts: 'Attempts', fprobe_ms: 'Probe', fdegradations: 'Degradations',
  freason: 'Reason', fdatabase: 'Database', freplica: 'Replica',
  dbdown: 'database down', notDurable: 'Not stored yet: the database is down.',
  announceStart: '{op} started on {n} nodes', announceAt: '{p} percent, {bad} failed',
  announceEnd: '{op} {status}: {ok} succeeded, {bad} failed', announceLost: 'Connection lost', announceBack: 'Connected again',
  gone: 'This task does not exist any more.', language: '中文',
};

const zh = {
  skip: '跳到内容',
  signIn: '登录', signOut: '退出', token: '访问令牌（JWT）',
  signInHow: '粘贴访问令牌。它只保存在此标签页中。',
  signInProvider: '通过身份提供方登录', providerFailed: '身份提供方未能让您登录：{why}',
  notToken: '这不是令牌：JWT 由三段组成，以点号分隔。',
  expired: '令牌已失效，请使用新的令牌登录。',
  refused: '服务器不接受此令牌。', forbidden: '您的角色不允许此操作。',
  unreachable: '服务器没有响应：{why}', validUntil: '有效期至 {time}',
  hawtio: 'Hawtio', hawtioFailed: '无法打开 Hawtio：{why}',
  newBatch: '新建批次', cluster: '集群', selector: '标签选择器', filter: '按名称筛选',
  unreachableCluster: '{name}（无法访问）',
  nodes: '节点', all: '全选', none: '清空',
  picked: '已选 {picked}，显示 {shown} / {all}',
  nodesHow: '按住 Shift 选择范围。空格选中，Ctrl+A 选中全部显示项。',
  noNodes: '没有匹配的节点。', loading: '加载中…',
  cordoned: '已封锁', notReady: '未就绪', tainted: '有污点',
  operation: '操作', moreOptions: '更多选项',
  opcordon: '封锁', opuncordon: '解除封锁', opdrain: '排空', oplabel: '标签', optaint: '污点', oproll: '滚动维护',
  labels: '标签', labelsHow: 'key=value 设置，key- 删除；每行一个',
  taints: '污点', taintsHow: 'key=value:NoSchedule 添加，key:NoSchedule- 删除；每行一个',
  otherOptions: '选项（JSON）', otherOptionsHow: '一个对象，由该操作的路由读取',
  ignore_daemonsets: '保留 DaemonSet 的 Pod', delete_emptydir_data: '驱逐 Pod，即使丢失 emptyDir 数据',
  force: '驱逐不会被重建的 Pod',
  grace_period_seconds: '宽限期（秒）', timeout_seconds: '单节点时限（秒）',
  max_unavailable: '最多不可用', max_unavailableHow: '5 或 10%',
  concurrency: '并发', stop_after_failures: '失败几次后停止', reason: '原因',
  dry_run: '演练：只检查，不更改', standard: '默认',
  review1: '{op} {n} 个节点…', review: '{op} {n} 个节点…', reviewNone: '请选择要{op}的节点',
  viewer: 'viewer 角色只能查看，不能启动批次。',
  badLabel: '第 {line} 行不是标签：{text}', badTaint: '第 {line} 行不是污点：{text}',
  badJson: '选项不是 JSON 对象。', needed: '必填：{what}',
  back: '返回', confirmTitle1: '{op} {cluster} 的 {n} 个节点？', confirmTitle: '{op} {cluster} 的 {n} 个节点？',
  confirmDry: '演练{op}：{cluster} 的 {n} 个节点？', confirmGo: '{op} {n} 个节点', confirmGo1: '{op} {n} 个节点',
  whatcordon: '不再向这些节点调度新的 Pod，已运行的 Pod 不受影响。',
  whatuncordon: '可以再次向这些节点调度新的 Pod。',
  whatdrain: '先封锁节点，再按中断预算逐个驱逐其上的 Pod。',
  whatlabel: '更改节点标签：{what}。',
  whattaint: '更改节点污点：{what}。NoExecute 会驱逐不容忍它的 Pod。',
  whatother: '在每个节点上运行 {op}。',
  dryFact: '不做任何更改。',
  concurrencyFact: '并发 {n}', stopFact: '失败 {n} 次后停止', maxFact: '最多 {n} 不可用',
  ignore_daemonsetsFact: '保留 DaemonSet 的 Pod', delete_emptydir_dataFact: 'emptyDir 数据将丢失',
  forceFact: '没有控制器的 Pod 将永久消失',
  graceFact: 'Pod 有 {n} 秒结束', timeoutFact: '单节点最多 {n} 秒', reasonFact: '原因：{what}',
  andMore: '及其他 {n} 个', conflictHint: '没有启动任何操作。',
  watchEmpty: '暂无可查看的任务。请选择节点和操作，或从下方选择任务。',
  approve: '批准', stapproval: '等待批准',
  pause: '暂停', resume: '继续', stpaused: '已暂停',
  cancel: '取消批次', cancelling: '正在取消…', retryFailed: '重试 {n} 个节点', retryFailed1: '重试 1 个节点',
  done: '已完成', succeeded: '成功', failed: '失败', rate: '速率', left: '剩余', took: '用时',
  perSecond: '{n}/秒', progress: '进度', latency: '消息延迟',
  latencyLabel: '最近 {n} 条消息的延迟：中位数 {p50} 毫秒，最高 {max} 毫秒',
  pending: '等待', running: '进行中', unknownNode: '某节点',
  podPlan: 'Pod 的去向', node: '节点', pOrder: '顺序', pEvict: '驱逐', pKeep: '保留', pRefuse: '拒绝',
  pLost: '不再重建', pDiffers: '与计划不同', pWhy: '原因', moreNodes: '更多节点',
  budgetBlocks: '{budget} 阻止 {pods} 个中的 {n} 个', noPlan: '尚不知道其 Pod 的情况。',
  failuresTitle: '{n} 个失败', copyNames: '复制名称', copied: '已复制', moreNames: '另有 {n} 个',
  fieldLabel: '共 {total} 个节点：{ok} 成功，{bad} 失败，{rest} 未完成',
  history: '任务', status: '状态', scope: '范围', task: '任务', started: '开始于',
  historyEmpty: '没有任务。', older: '更早的任务', anyStatus: '全部状态', own: '我的', everybody: '所有人',
  stpending: '等待中', strunning: '运行中', stcompleted: '已完成', stfailed: '失败', stcancelled: '已取消',
  ststopped: '已停止', stpartly: '部分失败', retryOf: '重试自 {id}', ofUser: '用户 {id}', unseenEnd: '尚未查看',
  linkopen: '实时', linkconnecting: '连接中…', linkwaiting: '{s} 秒后重连', linkstopped: '离线',
  linkunauthenticated: '已退出', linkforbidden: '被拒绝', linksse: '实时（SSE）',
  linksilent: '线路自 {time} 起无消息，正在重连',
  statusUnknown: '无响应',
  ftype: '通知器', fstate: '状态', fsince: '自', fattempts: '尝试次数', fprobe_ms: '探测', fdegradations: '降级次数',
  freason: '原因', fdatabase: '数据库', freplica: '副本',
  dbdown: '数据库故障', notDurable: '尚未存储：数据库故障。',
  announceStart: '已在 {n} 个节点上开始{op}', announceAt: '百分之 {p}，{bad} 个失败',
  announceEnd: '{op}{status}：{ok} 个成功，{bad} 个失败', announceLost: '连接断开', announceBack: '已重新连接',
  gone: '该任务已不存在。', language: 'English',
};

const TEXTS = { en, zh };
let language = localStorage.getItem('language')
  ?? ((navigator.languages ?? [navigator.language]).find((l) => /^(en|zh)\b/i.test(l)) ?? 'en').slice(0, 2).toLowerCase();
if (!TEXTS[language]) {
  language = 'en';
}

/** A text, with `{name}` replaced. */
export function t(key, values = {}) {
  const text = TEXTS[language][key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** An operation's name, as people read it. */
export function operationName(operation) {
  return `op${operation}` in en ? t(`op${operation}`) : operation;
}

/** A whole number, grouped. */
export function number(n) {
  return n.toLocaleString(language === 'zh' ? 'zh-CN' : 'en');
}

/** A moment: the time, and the day unless it is today. */
export function moment(iso) {
  const date = new Date(iso);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', {
    hour: '2-digit', minute: '2-digit', second: '2-digit',
    ...(today ? {} : { day: 'numeric', month: 'short' }),
  });
}

/** The language in use: `en` or `zh`. */
export function currentLanguage() {
  return language;
}

/** Changes the language and every marked text of the page. */
export function setLanguage(next) {
  language = next;
  localStorage.setItem('language', next);
  translate();
}

/** Puts texts into what is marked with data-t and data-t-label. */
export function translate(root = document) {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const element of root.querySelectorAll('[data-t]')) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of root.querySelectorAll('[data-t-label]')) {
    element.setAttribute('aria-label', t(element.dataset.tLabel));
  }
}
