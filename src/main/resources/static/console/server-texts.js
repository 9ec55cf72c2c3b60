import { currentLanguage } from './i18n.js';

/**
 * The server's own sentences in Chinese where the console is: in rows, frames and problems a text is English. What a
 * cluster or a person said stays as it is; so does a sentence that is not known here.
 */
const SENTENCES = [
  [/^Processed (\S+) \((\d+)\/(\d+)\)(?:: (.*))?$/s, (m) => `已处理 ${m[1]}（${m[2]}/${m[3]}）${m[4] ? `：${tail(m[4])}` : ''}`],
  [/^Failed (\S+) \((\d+)\/(\d+)\): (.*)$/s, (m) => `${m[1]} 失败（${m[2]}/${m[3]}）：${tail(m[4])}`],
  [/^Interrupted (\S+): (.*)$/s, (m) => `${m[1]} 被中断：${tail(m[2])}`],
  [/^Completed: (\d+) succeeded, (\d+) failed$/, (m) => `已完成：${m[1]} 个成功，${m[2]} 个失败`],
  [/^Cancelled after (\d+) of (\d+) nodes: (\d+) succeeded, (\d+) failed$/, (m) => `已取消，处理了 ${m[2]} 个节点中的 ${m[1]} 个：${m[3]} 个成功，${m[4]} 个失败`],
  [/^Paused after (\d+) failed nodes \(pause_after_failures is (\d+)\)$/, (m) => `${m[1]} 个节点失败后暂停（pause_after_failures 为 ${m[2]}）`],
  [/^Paused by (.*)$/, (m) => `由 ${m[1]} 暂停`],
  [/^Resumed by (.*)$/, (m) => `由 ${m[1]} 继续`],
  [/^Waits for the maintenance window of (\S+), which opens at (\S+)$/, (m) => `等待 ${m[1]} 的维护窗口，${m[2]} 开启`],
  [/^Goes on: its maintenance window is open$/, () => '维护窗口已开启，继续'],
  [/^Failed: (.*)$/s, (m) => `失败：${tail(m[1])}`],
  [/^(already )?cordoned(, reason changed)?(.*)$/, (m) => `${m[1] ? '此前已封锁' : '已封锁'}${m[2] ? '，原因已更改' : ''}${tail(m[3])}`],
  [/^(already )?uncordoned(.*)$/, (m) => `${m[1] ? '此前已解除封锁' : '已解除封锁'}${tail(m[2])}`],
  [/^(already )?labeled(.*)$/, (m) => `${m[1] ? '标签无需更改' : '标签已更改'}${tail(m[2])}`],
  [/^(already )?(?:un)?tainted(?: so)?(.*)$/, (m) => `${m[1] ? '污点无需更改' : '污点已更改'}${tail(m[2])}`],
  [/^already drained$/, () => '此前已排空'],
  [/^no pods to evict$/, () => '没有要驱逐的 Pod'],
  [/^(would evict|evicted) (\d+) of (\d+) pods(?:; (.*))?$/s, (m) => `${m[1] === 'evicted' ? '已驱逐' : '将驱逐'} ${m[2]} / ${m[3]} 个 Pod${m[4] ? `；${tail(m[4])}` : ''}`],
  [/^(would evict|evicted) (\d+) pods(.*)$/s, (m) => `${m[1] === 'evicted' ? '已驱逐' : '将驱逐'} ${m[2]} 个 Pod${tail(m[3])}`],
  [/^(\S+) waits: (.*)$/s, (m) => `${m[1]} 在等待：${tail(m[2])}`],
  [/^Cannot evict pod as it would violate the pod's disruption budget\. The disruption budget (\S+) needs (\d+) healthy pods and has (\d+) currently$/,
    (m) => `驱逐会违反中断预算：${m[1]} 需要 ${m[2]} 个健康 Pod，目前有 ${m[3]} 个`],
  [/^drain timed out after (\d+) s with (\d+) of (\d+) pods left: (.*)$/s, (m) => `排空在 ${m[1]} 秒后超时，剩余 ${m[2]} / ${m[3]} 个 Pod：${m[4]}`],
  [/^nodes "(.*)" not found$/, (m) => `没有节点 ${m[1]}`],
  [/^belongs to a DaemonSet$/, () => '属于 DaemonSet'],
  [/^interrupted$/, () => '已中断'],
  [/^cancelled$/, () => '已取消'],
  [/^rolled(.*)$/, (m) => `滚动维护完成${m[1] ? '；此前已封锁，保持封锁' : ''}`],
  [/^ \(dry run\)$/, () => '（演练）'],
  [/^there is no such task$/, () => '没有这个任务'],
  [/^the task has ended already: (\S+)$/, (m) => `任务已结束：${m[1]}`],
  [/^the task has not ended yet$/, () => '任务尚未结束'],
  [/^every node of the task succeeded$/, () => '任务的所有节点均已成功'],
  [/^the role viewer (starts no batches|changes no tasks)$/, (m) => `viewer 角色不能${m[1] === 'starts no batches' ? '启动批次' : '更改任务'}`],
  [/^the caller has no grant for this cluster$/, () => '您在此集群上没有授权'],
  [/^the caller has no grant for (\S+) on (\S+)$/, (m) => `您没有在 ${m[2]} 上执行 ${m[1]} 的授权`],
  [/^the caller has no grant to approve on this cluster$/, () => '您没有在此集群上批准的授权'],
  [/^the database does not answer.*$/s, () => '数据库没有响应'],
  [/^this replica is being stopped; another one takes the request$/, () => '此副本正在停止，请重试'],
  [/^an integer from (\d+) to (\d+)$/, (m) => `应为 ${m[1]} 到 ${m[2]} 的整数`],
  [/^Others wait for the answers of clusters, try again\.$/, () => '集群查询繁忙，请重试'],
  [/^unknown operation; allowed: (.*)$/, (m) => `没有此操作；可用：${m[1]}`],
  [/^allowed: (.*)$/s, (m) => `允许：${m[1]}`],
  [/^cluster (\S+): (.*)$/s, (m) => `集群 ${m[1]}：${tail(m[2])}`],
  [/^Failed to fetch$/, () => '网络没有响应'],
  [/^(\S+): ((?:would evict|evicted|cordoned|already|drained|rolled)\b.*)$/s, (m) => `${m[1]}：${tail(m[2])}`],
];

/** A text of the server as the console shows it. */
export function serverText(text) {
  return text && currentLanguage() === 'zh' ? tail(text) : text ?? '';
}

function tail(text) {
  for (const [pattern, said] of SENTENCES) {
    const found = pattern.exec(text);
    if (found) {
      return said(found);
    }
  }
  return text;
}
