<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>ActionBar</name>
    <message>
        <source>Version {number} of {versions}</source>
        <translation>第 {number} 版，共 {versions} 版</translation>
    </message>
    <message>
        <source>More actions</source>
        <translation>更多操作</translation>
    </message>
    <message>
        <source>{0} (chosen)</source>
        <translation>{0}（已选）</translation>
    </message>
</context>
<context>
    <name>ArchiveCare</name>
    <message>
        <source>The backup was restored. The chats as they were before: {0}</source>
        <translation>备份已恢复。恢复前的对话保存在：{0}</translation>
    </message>
</context>
<context>
    <name>ArchiveRescue</name>
    <message>
        <source>The file with your chats is damaged</source>
        <translation>存放对话的文件已损坏</translation>
    </message>
    <message>
        <source>Nothing was changed in it: {0}

What is whole in it can be saved into a new file, or one of the daily backups can take its place. Either way the damaged file is kept.</source>
        <translation>该文件没有被改动：{0}

可以把其中完好的内容存入新文件，也可以用某一天的备份代替它。无论哪种方式，损坏的文件都会保留。</translation>
    </message>
    <message>
        <source>Save what can be read</source>
        <translation>保存能读取的内容</translation>
    </message>
    <message>
        <source>Restore the chosen backup</source>
        <translation>恢复所选备份</translation>
    </message>
    <message>
        <source>Begin without chats</source>
        <translation>从空白开始</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>What could be read was saved</source>
        <translation>能读取的内容已保存</translation>
    </message>
    <message>
        <source>Saved: {0} chats with {1} messages. Could not be read: {2}.

The damaged file is kept here: {3}</source>
        <translation>已保存 {0} 个对话、{1} 条消息；无法读取 {2} 条。

损坏的文件保留在：{3}</translation>
    </message>
    <message>
        <source>Nothing could be read from it; it is as it was: {0}

You can begin without chats. The damaged file is put aside and kept.</source>
        <translation>其中没有任何内容能够读取，文件保持原样：{0}

您可以从空白开始；损坏的文件会另行保留。</translation>
    </message>
</context>
<context>
    <name>BackupList</name>
    <message>
        <source>Backups</source>
        <translation>备份</translation>
    </message>
</context>
<context>
    <name>BackupsDialog</name>
    <message>
        <source>Restore a backup</source>
        <translation>恢复备份</translation>
    </message>
    <message>
        <source>All chats become again what they were on that day. The chats as they are now are put aside in a file and kept.</source>
        <translation>所有对话将恢复到当天的样子。现在的对话会另存为一个文件并保留。</translation>
    </message>
    <message>
        <source>There is no backup yet. One is made every day the program runs, and the last seven are kept.</source>
        <translation>还没有备份。程序运行的每一天都会自动备份一次，保留最近七份。</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
</context>
<context>
    <name>ChatExchange</name>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Export chats</source>
        <translation>导出对话</translation>
    </message>
    <message>
        <source>Import chats</source>
        <translation>导入对话</translation>
    </message>
    <message>
        <source>Chats (*.json *.jsonl *.zip *.chat);;All files (*)</source>
        <translation>对话 (*.json *.jsonl *.zip *.chat);;所有文件 (*)</translation>
    </message>
    <message>
        <source>MOSS Desktop, without loss</source>
        <translation>MOSS Desktop（无损）</translation>
    </message>
    <message>
        <source>Plain text</source>
        <translation>纯文本</translation>
    </message>
    <message>
        <source>MOSS&apos;s training layout</source>
        <translation>MOSS 训练格式</translation>
    </message>
    <message>
        <source>Preference pairs</source>
        <translation>偏好对</translation>
    </message>
</context>
<context>
    <name>ChatListController</name>
    <message>
        <source>The chat was put into the trash.</source>
        <translation>对话已移到回收站。</translation>
    </message>
    <message>
        <source>Chats put into the trash: {0}</source>
        <translation>已移到回收站的对话：{0}</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>This chat is in the trash.</source>
        <translation>此对话在回收站中。</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
</context>
<context>
    <name>ChatListModel</name>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>没有找到</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Pinned</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
    </message>
    <message>
        <source>Last seven days</source>
        <translation>最近七天</translation>
    </message>
    <message>
        <source>Older</source>
        <translation>更早</translation>
    </message>
    <message>
        <source>In the trash for 30 days</source>
        <translation>在回收站保留 30 天</translation>
    </message>
    <message>
        <source>The trash is empty</source>
        <translation>回收站是空的</translation>
    </message>
    <message>
        <source>{0} (in the folder {1})</source>
        <translation>{0}（在文件夹“{1}”中）</translation>
    </message>
    <message>
        <source>closed</source>
        <translation>已折叠</translation>
    </message>
    <message>
        <source>open</source>
        <translation>已展开</translation>
    </message>
    <message>
        <source>Folder {0}, chats: {1}, {2}</source>
        <translation>文件夹 {0}，对话 {1} 个，{2}</translation>
    </message>
    <message>
        <source>{0}, pinned</source>
        <translation>{0}，已置顶</translation>
    </message>
</context>
<context>
    <name>ChatMenu</name>
    <message>
        <source>Move to folder</source>
        <translation>移到文件夹</translation>
    </message>
    <message>
        <source>New folder…</source>
        <translation>新建文件夹…</translation>
    </message>
    <message>
        <source>No folder</source>
        <translation>不放入文件夹</translation>
    </message>
</context>
<context>
    <name>ChatPanel</name>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Show or hide the list of chats</source>
        <translation>显示或隐藏对话列表</translation>
    </message>
    <message>
        <source>Messages of this chat</source>
        <translation>本对话的消息</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>没有模型</translation>
    </message>
    <message>
        <source>Preparing the demo model… {0} %</source>
        <translation>正在准备演示模型… {0} %</translation>
    </message>
    <message>
        <source>Loading… {0} %</source>
        <translation>正在加载… {0} %</translation>
    </message>
    <message>
        <source>Loading with less memory… {0} %</source>
        <translation>正在用更少的内存加载… {0} %</translation>
    </message>
    <message>
        <source>Restarting… {0} %</source>
        <translation>正在重启… {0} %</translation>
    </message>
    <message>
        <source>No model could be loaded</source>
        <translation>没有能加载的模型</translation>
    </message>
    <message>
        <source>busy in “{0}”</source>
        <translation>正在回答“{0}”</translation>
    </message>
    <message>
        <source>Model: {0}</source>
        <translation>模型：{0}</translation>
    </message>
    <message>
        <source>Demo model. Its answers can be wrong.</source>
        <translation>演示模型，回答可能有误。</translation>
    </message>
    <message>
        <source>What you write is sent to {0}. Check what matters.</source>
        <translation>您写的内容会发送到 {0}。重要信息请核实。</translation>
    </message>
    <message>
        <source>This model can be wrong. Check what matters.</source>
        <translation>这个模型可能出错，重要的内容请核实。</translation>
    </message>
    <message>
        <source>MOSS can be wrong. Check what matters.</source>
        <translation>MOSS 可能出错，重要内容请核实。</translation>
    </message>
</context>
<context>
    <name>CompareDialog</name>
    <message>
        <source>Which reply is better?</source>
        <translation>哪一条回复更好？</translation>
    </message>
    <message>
        <source>The first one</source>
        <translation>第一个</translation>
    </message>
    <message>
        <source>The second one</source>
        <translation>第二个</translation>
    </message>
    <message>
        <source>Do not choose</source>
        <translation>不作选择</translation>
    </message>
    <message>
        <source>This one is better</source>
        <translation>这一条更好</translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>context {percent} %</source>
        <translation>上下文 {percent} %</translation>
    </message>
    <message>
        <source>{used} of {total} tokens</source>
        <translation>{used} / {total} 个词元</translation>
    </message>
    <message>
        <source>Message MOSS…</source>
        <translation>给 MOSS 发消息…</translation>
    </message>
    <message>
        <source>Write a message…</source>
        <translation>写一条消息…</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Calculator</source>
        <translation>计算器</translation>
    </message>
    <message>
        <source>Solver</source>
        <translation>解方程</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>画图</translation>
    </message>
    <message>
        <source>Nothing answers it yet; see “Tools” in the menu “View”</source>
        <translation>还没有能用的来源；见“视图”菜单中的“工具”</translation>
    </message>
    <message>
        <source>This model does not know MOSS&apos;s tools</source>
        <translation>这个模型不会使用 MOSS 的工具</translation>
    </message>
    <message>
        <source>The model may use this tool</source>
        <translation>允许模型使用这个工具</translation>
    </message>
    <message>
        <source>MOSS may use this tool</source>
        <translation>允许 MOSS 使用这个工具</translation>
    </message>
    <message>
        <source>Set up…</source>
        <translation>设置…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
</context>
<context>
    <name>Controller</name>
    <message>
        <source>Restore a backup…</source>
        <translation>恢复备份…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Connect to a server…</source>
        <translation>连接服务器…</translation>
    </message>
    <message>
        <source>Use the demo model</source>
        <translation>使用演示模型</translation>
    </message>
    <message>
        <source>Damaged records in this chat, left out: {0}</source>
        <translation>这个对话里有损坏的记录，已略过：{0}</translation>
    </message>
</context>
<context>
    <name>CopyButtons</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Open a model</source>
        <translation>打开模型</translation>
    </message>
    <message>
        <source>GGUF models (*.gguf)</source>
        <translation>GGUF 模型 (*.gguf)</translation>
    </message>
    <message>
        <source>Rename folder</source>
        <translation>重命名文件夹</translation>
    </message>
    <message>
        <source>New folder</source>
        <translation>新建文件夹</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>名称：</translation>
    </message>
    <message>
        <source>Delete for good</source>
        <translation>永久删除</translation>
    </message>
    <message>
        <source>Delete this chat for good?</source>
        <translation>永久删除这个对话吗？</translation>
    </message>
    <message>
        <source>Delete {0} chats for good?</source>
        <translation>永久删除 {0} 个对话吗？</translation>
    </message>
    <message>
        <source>This cannot be undone. Backups of the last days may have them.</source>
        <translation>此操作无法撤销。最近几天的备份中可能还有。</translation>
    </message>
    <message>
        <source>Save the picture</source>
        <translation>保存图片</translation>
    </message>
    <message>
        <source>Pictures (*{0})</source>
        <translation>图片 (*{0})</translation>
    </message>
    <message>
        <source>Rename chat</source>
        <translation>重命名对话</translation>
    </message>
    <message>
        <source>Title:</source>
        <translation>标题：</translation>
    </message>
    <message>
        <source>About MOSS Desktop</source>
        <translation>关于 MOSS Desktop</translation>
    </message>
    <message>
        <source>&lt;h3&gt;MOSS Desktop {0}&lt;/h3&gt;&lt;p&gt;MOSS, Fudan University&apos;s open chat model, on your own computer.&lt;/p&gt;&lt;p&gt;This program: Apache-2.0. Weights of MOSS: AGPL-3.0. Qt: LGPL-3. llama.cpp: MIT.&lt;/p&gt;</source>
        <translation>&lt;h3&gt;MOSS Desktop {0}&lt;/h3&gt;&lt;p&gt;在自己的电脑上运行复旦大学的开源对话模型 MOSS。&lt;/p&gt;&lt;p&gt;本程序：Apache-2.0。MOSS 的权重：AGPL-3.0。Qt：LGPL-3。llama.cpp：MIT。&lt;/p&gt;</translation>
    </message>
</context>
<context>
    <name>DocumentSection</name>
    <message>
        <source>Folders with your documents</source>
        <translation>您的文档所在的文件夹</translation>
    </message>
    <message>
        <source>Add a folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Read all again</source>
        <translation>全部重新读取</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Files that were looked at</source>
        <translation>已查看的文件</translation>
    </message>
    <message>
        <source>Files that were skipped</source>
        <translation>被跳过的文件</translation>
    </message>
    <message>
        <source>No folder is chosen, so nothing is read.</source>
        <translation>尚未选择文件夹，因此不会读取任何内容。</translation>
    </message>
    <message>
        <source>Looking for documents…</source>
        <translation>正在查找文档…</translation>
    </message>
    <message>
        <source>{0} of {1} files</source>
        <translation>{0} / {1} 个文件</translation>
    </message>
    <message>
        <source>about {0} minutes left</source>
        <translation>大约还需 {0} 分钟</translation>
    </message>
    <message>
        <source>a minute left at most</source>
        <translation>至多还需一分钟</translation>
    </message>
    <message>
        <source>Files that can be found: {0}; skipped: {1}.</source>
        <translation>可以搜索 {0} 个文件，跳过了 {1} 个。</translation>
    </message>
    <message>
        <source>Not there just now: {0}</source>
        <translation>目前不在：{0}</translation>
    </message>
    <message>
        <source>It was stopped before the end.</source>
        <translation>在完成之前被停止了。</translation>
    </message>
    <message>
        <source>A folder with your documents</source>
        <translation>您的文档所在的文件夹</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>&amp;Chat</source>
        <translation>对话(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Model</source>
        <translation>模型(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Search chats</source>
        <translation>搜索对话</translation>
    </message>
    <message>
        <source>Stop the answer</source>
        <translation>停止回答</translation>
    </message>
    <message>
        <source>Export all chats…</source>
        <translation>导出全部对话…</translation>
    </message>
    <message>
        <source>Import chats…</source>
        <translation>导入对话…</translation>
    </message>
    <message>
        <source>Restore a backup…</source>
        <translation>恢复备份…</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Connect to a server…</source>
        <translation>连接服务器…</translation>
    </message>
    <message>
        <source>Demo model</source>
        <translation>演示模型</translation>
    </message>
    <message>
        <source>About MOSS Desktop</source>
        <translation>关于 MOSS Desktop</translation>
    </message>
    <message>
        <source>List of chats</source>
        <translation>对话列表</translation>
    </message>
    <message>
        <source>Tools…</source>
        <translation>工具…</translation>
    </message>
    <message>
        <source>Search sources…</source>
        <translation>搜索来源…</translation>
    </message>
    <message>
        <source>System</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
</context>
<context>
    <name>MessageActions</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Resume this reply</source>
        <translation>接着写这条回复</translation>
    </message>
    <message>
        <source>Copy as text</source>
        <translation>复制为纯文本</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>复制为 Markdown</translation>
    </message>
    <message>
        <source>Edit and send again</source>
        <translation>编辑并重新发送</translation>
    </message>
    <message>
        <source>Write another version</source>
        <translation>重新回答（保留原版）</translation>
    </message>
    <message>
        <source>Let me choose between two versions…</source>
        <translation>让我在两个版本中选择…</translation>
    </message>
    <message>
        <source>Compare two versions…</source>
        <translation>比较两个版本…</translation>
    </message>
    <message>
        <source>Previous version</source>
        <translation>上一版</translation>
    </message>
    <message>
        <source>Next version</source>
        <translation>下一版</translation>
    </message>
    <message>
        <source>Good reply</source>
        <translation>好回复</translation>
    </message>
    <message>
        <source>Bad reply</source>
        <translation>差回复</translation>
    </message>
    <message>
        <source>Remark…</source>
        <translation>备注…</translation>
    </message>
    <message>
        <source>Keep in the model&apos;s view</source>
        <translation>固定，让模型始终看到</translation>
    </message>
    <message>
        <source>No longer keep in view</source>
        <translation>取消固定</translation>
    </message>
    <message>
        <source>Continue in a new chat</source>
        <translation>从这里另开对话</translation>
    </message>
    <message>
        <source>About this reply…</source>
        <translation>关于这条回复…</translation>
    </message>
    <message>
        <source>Show the exact prompt…</source>
        <translation>显示完整的提示词…</translation>
    </message>
    <message>
        <source>Copy as picture</source>
        <translation>复制为图片</translation>
    </message>
    <message>
        <source>Save as picture…</source>
        <translation>保存为图片…</translation>
    </message>
    <message>
        <source>Print…</source>
        <translation>打印…</translation>
    </message>
    <message>
        <source>Delete from here on</source>
        <translation>删除此条及其后内容</translation>
    </message>
</context>
<context>
    <name>MessageChips</name>
    <message>
        <source>thoughts</source>
        <translation>内心想法</translation>
    </message>
    <message>
        <source>What the model thought before it answered</source>
        <translation>模型回答之前的想法</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>asks</source>
        <translation>等待许可</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Show what the tool returned</source>
        <translation>查看工具返回的结果</translation>
    </message>
    <message>
        <source>running…</source>
        <translation>运行中…</translation>
    </message>
    <message>
        <source>running… {percent} %</source>
        <translation>运行中… {percent} %</translation>
    </message>
    <message>
        <source>Nothing yet.</source>
        <translation>还没有内容。</translation>
    </message>
</context>
<context>
    <name>MessageEditor</name>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Message to send in the old one&apos;s place</source>
        <translation>用来替换原消息的新消息</translation>
    </message>
</context>
<context>
    <name>MessageIntents</name>
    <message>
        <source>This chat is a copy up to here; the other one stays as it is.</source>
        <translation>这个对话是到此为止的副本；原来的对话保持不变。</translation>
    </message>
    <message>
        <source>The message was deleted.</source>
        <translation>消息已删除。</translation>
    </message>
    <message>
        <source>{0} messages were deleted.</source>
        <translation>已删除 {0} 条消息。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
</context>
<context>
    <name>MessageSharing</name>
    <message>
        <source>Print the message</source>
        <translation>打印消息</translation>
    </message>
</context>
<context>
    <name>MessageText</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy this code: {language}</source>
        <translation>复制这段代码：{language}</translation>
    </message>
</context>
<context>
    <name>MessageWidget</name>
    <message>
        <source>You</source>
        <translation>你</translation>
    </message>
    <message>
        <source>Stays in the model&apos;s view</source>
        <translation>模型始终能看到</translation>
    </message>
    <message>
        <source>Your message</source>
        <translation>你的消息</translation>
    </message>
    <message>
        <source>Answer of MOSS</source>
        <translation>MOSS 的回答</translation>
    </message>
    <message>
        <source>Copy the selection</source>
        <translation>复制所选内容</translation>
    </message>
    <message>
        <source>Only the beginning is shown; select all to copy the whole.</source>
        <translation>只显示了开头部分；全选后复制即可得到全文。</translation>
    </message>
    <message>
        <source>Ended before there was an answer.</source>
        <translation>还没有回答就结束了。</translation>
    </message>
    <message>
        <source>Stopped; what was written is kept.</source>
        <translation>已停止，写出的内容保留着。</translation>
    </message>
    <message>
        <source>Interrupted; what was written is kept.</source>
        <translation>已中断，写出的内容保留着。</translation>
    </message>
    <message>
        <source>Cut off: the answer reached its longest length.</source>
        <translation>已截断：回答达到了最大长度。</translation>
    </message>
    <message>
        <source>{tokens} tokens · {speed} tok/s</source>
        <translation>{tokens} 个词元 · 每秒 {speed} 个</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>Obstacles</name>
    <message>
        <source>A reply is being written here. Stop it or wait.</source>
        <translation>此处正在生成回答。请停止它或稍候。</translation>
    </message>
    <message>
        <source>Another chat is being answered. Stop that or wait.</source>
        <translation>正在回答另一个对话。请停止它或稍候。</translation>
    </message>
</context>
<context>
    <name>PermissionBar</name>
    <message>
        <source>Allow once</source>
        <translation>允许一次</translation>
    </message>
    <message>
        <source>Always</source>
        <translation>总是允许</translation>
    </message>
    <message>
        <source>No</source>
        <translation>不允许</translation>
    </message>
    <message>
        <source>May MOSS use this: {tools}?</source>
        <translation>允许 MOSS 使用“{tools}”吗？</translation>
    </message>
</context>
<context>
    <name>PictureCard</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Enlarge</source>
        <translation>放大</translation>
    </message>
    <message>
        <source>Save as…</source>
        <translation>另存为…</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开所在文件夹</translation>
    </message>
    <message>
        <source>The picture&apos;s file is not there any more.</source>
        <translation>这张图片的文件已不存在。</translation>
    </message>
    <message>
        <source>Picture: {0}</source>
        <translation>图片：{0}</translation>
    </message>
    <message>
        <source>The picture is being made… {0} %</source>
        <translation>正在生成图片… {0} %</translation>
    </message>
    <message>
        <source>The picture is being made…</source>
        <translation>正在生成图片…</translation>
    </message>
</context>
<context>
    <name>PictureDialog</name>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>No pictures</source>
        <translation>不生成图片</translation>
    </message>
    <message>
        <source>From a server that you run</source>
        <translation>由您自己的服务器生成</translation>
    </message>
    <message>
        <source>Made on this computer</source>
        <translation>在本机生成</translation>
    </message>
    <message>
        <source>Model file</source>
        <translation>模型文件</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>another one</source>
        <translation>其他模型</translation>
    </message>
    <message>
        <source>Address:</source>
        <translation>地址：</translation>
    </message>
    <message>
        <source>AUTOMATIC1111&apos;s web interface, Forge or SD.Next, started with --api, or the server of stable-diffusion.cpp. It is sent what MOSS describes, and nothing else of the chat.</source>
        <translation>以 --api 启动的 AUTOMATIC1111 网页界面、Forge 或 SD.Next，或者 stable-diffusion.cpp 自带的服务器。只会把 MOSS 写的图片描述发给它，对话的其他内容不会发出。</translation>
    </message>
    <message>
        <source>Model file:</source>
        <translation>模型文件：</translation>
    </message>
    <message>
        <source>Model:</source>
        <translation>模型：</translation>
    </message>
    <message>
        <source>Any model of Stable Diffusion as one .gguf or .safetensors file.</source>
        <translation>任何单个 .gguf 或 .safetensors 文件的 Stable Diffusion 模型均可。</translation>
    </message>
    <message>
        <source>{0}. Licence: {1}. It is offered at {2}</source>
        <translation>{0}。许可证：{1}。下载页面：{2}</translation>
    </message>
    <message>
        <source>Choose a model for pictures</source>
        <translation>选择图片模型</translation>
    </message>
    <message>
        <source>Models for pictures (*.gguf *.safetensors)</source>
        <translation>图片模型 (*.gguf *.safetensors)</translation>
    </message>
    <message>
        <source>This address cannot be used. It has to begin with https://, or with http:// for a server on this computer or in your own network.</source>
        <translation>这个地址不能使用。地址须以 https:// 开头；若服务器就在本机或您自己的局域网内，也可以 http:// 开头。</translation>
    </message>
    <message>
        <source>The library that makes pictures is not installed: pip install stable-diffusion-cpp-python</source>
        <translation>尚未安装生成图片的库：pip install stable-diffusion-cpp-python</translation>
    </message>
    <message>
        <source>There is no model in this file. Choose one that ends in .gguf or .safetensors.</source>
        <translation>这个文件里没有模型。请选择 .gguf 或 .safetensors 文件。</translation>
    </message>
</context>
<context>
    <name>PictureOptions</name>
    <message>
        <source>Width in pixels</source>
        <translation>宽度（像素）</translation>
    </message>
    <message>
        <source>Height in pixels</source>
        <translation>高度（像素）</translation>
    </message>
    <message>
        <source>another one each time</source>
        <translation>每次不同</translation>
    </message>
    <message>
        <source>Width and height:</source>
        <translation>宽和高：</translation>
    </message>
    <message>
        <source>Steps:</source>
        <translation>步数：</translation>
    </message>
    <message>
        <source>Guidance:</source>
        <translation>引导强度：</translation>
    </message>
    <message>
        <source>Seed:</source>
        <translation>随机种子：</translation>
    </message>
</context>
<context>
    <name>PromptDialog</name>
    <message>
        <source>The exact prompt</source>
        <translation>完整的提示词</translation>
    </message>
    <message>
        <source>What the model is given and has written. Control tokens are bold.</source>
        <translation>模型得到的全部内容以及它写出的文字。控制标记以粗体显示。</translation>
    </message>
</context>
<context>
    <name>ReferenceList</name>
    <message>
        <source>References</source>
        <translation>参考资料</translation>
    </message>
    <message>
        <source>Reference {0}</source>
        <translation>参考资料 {0}</translation>
    </message>
</context>
<context>
    <name>RemarkBar</name>
    <message>
        <source>What is good?</source>
        <translation>好在哪里？</translation>
    </message>
    <message>
        <source>What is wrong?</source>
        <translation>有什么问题？</translation>
    </message>
    <message>
        <source>{0} (optional)</source>
        <translation>{0}（可不填）</translation>
    </message>
    <message>
        <source>Keep the remark</source>
        <translation>保存备注</translation>
    </message>
</context>
<context>
    <name>ReplyDialog</name>
    <message>
        <source>About this reply</source>
        <translation>关于这条回复</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Written</source>
        <translation>写于</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>SHA-256</source>
        <translation>SHA-256</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>Ran on</source>
        <translation>运行于</translation>
    </message>
    <message>
        <source>Sampling</source>
        <translation>采样</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>always the likeliest token</source>
        <translation>总取最可能的词元</translation>
    </message>
    <message>
        <source>{tokens} tokens, {cached} of them read before</source>
        <translation>{tokens} 个词元，其中 {cached} 个先前已读过</translation>
    </message>
    <message>
        <source>{tokens} tokens in {seconds} s ({speed} a second)</source>
        <translation>{tokens} 个词元，用时 {seconds} 秒（每秒 {speed} 个）</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Reading it took</source>
        <translation>读取用时</translation>
    </message>
    <message>
        <source>{0} s</source>
        <translation>{0} 秒</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
</context>
<context>
    <name>SearchField</name>
    <message>
        <source>End the search</source>
        <translation>结束搜索</translation>
    </message>
</context>
<context>
    <name>ServerDialog</name>
    <message>
        <source>Connect to a server</source>
        <translation>连接服务器</translation>
    </message>
    <message>
        <source>only if the server wants one</source>
        <translation>仅在服务器需要时填写</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Ask the server</source>
        <translation>向服务器查询</translation>
    </message>
    <message>
        <source>as the server says</source>
        <translation>以服务器为准</translation>
    </message>
    <message>
        <source>Models on the server: {0}</source>
        <translation>服务器上的模型数：{0}</translation>
    </message>
    <message>
        <source>find out</source>
        <translation>自动识别</translation>
    </message>
    <message>
        <source>MOSS with tools (sft-plugin)</source>
        <translation>可用工具的 MOSS（sft-plugin）</translation>
    </message>
    <message>
        <source>MOSS without tools (sft)</source>
        <translation>不用工具的 MOSS（sft）</translation>
    </message>
    <message>
        <source>continues text (base)</source>
        <translation>仅续写文本（base）</translation>
    </message>
    <message>
        <source>another chat model (chat)</source>
        <translation>其他对话模型（chat）</translation>
    </message>
    <message>
        <source>Address:</source>
        <translation>地址：</translation>
    </message>
    <message>
        <source>Key:</source>
        <translation>密钥：</translation>
    </message>
    <message>
        <source>Model:</source>
        <translation>模型：</translation>
    </message>
    <message>
        <source>Kind:</source>
        <translation>类型：</translation>
    </message>
    <message>
        <source>Context window:</source>
        <translation>上下文窗口：</translation>
    </message>
    <message>
        <source>The server is sent the whole chat: what you write, what it answered, and the results of tools, which run on this computer. The key is forgotten when the program ends.</source>
        <translation>整个对话都会发送给服务器：您写的内容、它的回答，以及工具的结果；工具仍在本机运行。程序结束后不会保留密钥。</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Asking {0}…</source>
        <translation>正在询问 {0}…</translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message>
        <source>Search chats</source>
        <translation>搜索对话</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Trash</source>
        <translation>回收站</translation>
    </message>
    <message>
        <source>Empty the trash…</source>
        <translation>清空回收站…</translation>
    </message>
    <message>
        <source>Chats</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>展开文件夹</translation>
    </message>
    <message>
        <source>Close folder</source>
        <translation>折叠文件夹</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>重命名…</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Delete for good…</source>
        <translation>永久删除…</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>取消置顶</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
</context>
<context>
    <name>SkippedFiles</name>
    <message>
        <source>Skipped file</source>
        <translation>被跳过的文件</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
</context>
<context>
    <name>SourcesDialog</name>
    <message>
        <source>Search sources</source>
        <translation>搜索来源</translation>
    </message>
    <message>
        <source>Choose files…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>ZIM files</source>
        <translation>ZIM 文件</translation>
    </message>
    <message>
        <source>Address of the SearXNG server</source>
        <translation>SearXNG 服务器的地址</translation>
    </message>
    <message>
        <source>ZIM files (*.zim)</source>
        <translation>ZIM 文件 (*.zim)</translation>
    </message>
</context>
<context>
    <name>ToolActions</name>
    <message>
        <source>This is not there any more, or nothing opens it: {0}</source>
        <translation>它已经不在了，或没有程序能打开它：{0}</translation>
    </message>
</context>
<context>
    <name>ToolsDialog</name>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>&amp;May run:</source>
        <translation>允许运行(&amp;M)：</translation>
    </message>
    <message>
        <source>State:</source>
        <translation>状态：</translation>
    </message>
    <message>
        <source>Time limit:</source>
        <translation>时限：</translation>
    </message>
    <message>
        <source>From:</source>
        <translation>来自：</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>从不</translation>
    </message>
    <message>
        <source>After asking</source>
        <translation>先询问</translation>
    </message>
    <message>
        <source>Always</source>
        <translation>总是允许</translation>
    </message>
    <message>
        <source>May run</source>
        <translation>允许运行</translation>
    </message>
    <message>
        <source>Last commands</source>
        <translation>最近的命令</translation>
    </message>
    <message>
        <source>Network requests</source>
        <translation>网络请求</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Seconds</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>To, what for</source>
        <translation>对象和用途</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>Forget what all tools did</source>
        <translation>清除所有工具的记录</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Set up…</source>
        <translation>设置…</translation>
    </message>
    <message>
        <source>this program</source>
        <translation>本程序</translation>
    </message>
    <message>
        <source>{0} seconds</source>
        <translation>{0} 秒</translation>
    </message>
</context>
<context>
    <name>VersionChoice</name>
    <message>
        <source>Both versions say the same; there is nothing to choose.</source>
        <translation>两个版本内容相同，无需选择。</translation>
    </message>
</context>
<context>
    <name>WaitingBar</name>
    <message>
        <source>Show that chat</source>
        <translation>查看该对话</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>收回</translation>
    </message>
    <message>
        <source>The message goes back into the field below</source>
        <translation>消息会回到下面的输入框</translation>
    </message>
</context>
<context>
    <name>WaitingLine</name>
    <message>
        <source>another chat</source>
        <translation>另一个对话</translation>
    </message>
    <message>
        <source>Waits until the model is ready, and is answered then.</source>
        <translation>正在等待：模型就绪后即会回答。</translation>
    </message>
    <message>
        <source>Waits: “{0}” is being answered, and {1} more come first.</source>
        <translation>正在等待：先回答“{0}”，前面还有 {1} 条消息。</translation>
    </message>
    <message>
        <source>Waits: “{0}” is being answered first.</source>
        <translation>正在等待：先回答“{0}”。</translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>What shall we talk about?</source>
        <translation>我们聊点什么？</translation>
    </message>
    <message>
        <source>Explain how rain forms</source>
        <translation>雨是怎样形成的？</translation>
    </message>
    <message>
        <source>This is the demo model: tiny, made to show how the program works. It calculates, solves equations and explains how to get the full MOSS.</source>
        <translation>这是演示模型：很小，只用来展示程序怎样工作。它能计算、解方程，也会说明怎样得到完整的 MOSS。</translation>
    </message>
    <message>
        <source>MOSS runs on this computer. Nothing you write leaves it.</source>
        <translation>MOSS 在这台电脑上运行，你写的内容不会离开它。</translation>
    </message>
    <message>
        <source>This model runs on this computer. Nothing you write leaves it.</source>
        <translation>这个模型在这台电脑上运行。你写的内容不会离开它。</translation>
    </message>
    <message>
        <source>The model runs on {0}. What you write is sent there; tools run on this computer.</source>
        <translation>模型在 {0} 上运行。您写的内容会发送到那里；工具在本机运行。</translation>
    </message>
    <message>
        <source>The model runs on {0}. What you write is sent there.</source>
        <translation>模型在 {0} 上运行。您写的内容会发送到那里。</translation>
    </message>
    <message>
        <source>What can you do?</source>
        <translation>你能做什么？</translation>
    </message>
    <message>
        <source>What is 37*48?</source>
        <translation>37*48 等于多少？</translation>
    </message>
    <message>
        <source>Solve 2x + 3 = 11</source>
        <translation>解方程 2x + 3 = 11</translation>
    </message>
    <message>
        <source>How do I get the full MOSS?</source>
        <translation>怎样得到完整的 MOSS？</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>The model file is not there any more: {0}</source>
        <translation>模型文件已经不在了：{0}</translation>
    </message>
    <message>
        <source>This file is not a complete GGUF model: {0}. Choose another one, or convert it again.</source>
        <translation>这不是完整的 GGUF 模型文件：{0}。请选择另一个文件，或重新转换。</translation>
    </message>
    <message>
        <source>This version cannot run a model of this kind: {0}. Take one that writes text, such as MOSS or another GGUF model for chats.</source>
        <translation>这个版本无法运行这类模型：{0}。请选择会写文字的模型，例如 MOSS 或其他用于对话的 GGUF 模型。</translation>
    </message>
    <message>
        <source>The chat template in this model&apos;s file cannot be used: {0}. What you wrote is kept. Take another file of this model, or another model.</source>
        <translation>这个模型文件中的对话模板无法使用：{0}。你写的内容都已保留。请换用该模型的另一个文件，或换一个模型。</translation>
    </message>
    <message>
        <source>No model is ready yet; nothing was sent.</source>
        <translation>模型还没有准备好，消息没有发送。</translation>
    </message>
    <message>
        <source>There is not enough memory for this model. Close other programs or choose a smaller model. {0}</source>
        <translation>内存不够加载这个模型。请关闭其他程序，或选择小一些的模型。{0}</translation>
    </message>
    <message>
        <source>Your message is longer than the model can read at once. It is kept in the chat; send a shorter one.</source>
        <translation>你的消息超过了模型一次能读的长度。它保留在对话里，请发短一些的。</translation>
    </message>
    <message>
        <source>Another answer is being written. Stop it or wait for its end.</source>
        <translation>另一个回答正在生成，请停止它或等它结束。</translation>
    </message>
    <message>
        <source>The engine stopped several times in a row ({0}). Your chats are kept; open another model or try again.</source>
        <translation>引擎连续停止了几次（{0}）。你的对话都在；请打开另一个模型，或再试一次。</translation>
    </message>
    <message>
        <source>The engine did not answer, several times in a row ({0}), and was ended. Your chats are kept; open another model or try again.</source>
        <translation>引擎连续几次没有响应（{0}），已被结束。你的对话都在；请打开另一个模型，或再试一次。</translation>
    </message>
    <message>
        <source>The engine answered something strange: {0}</source>
        <translation>引擎返回了看不懂的内容：{0}</translation>
    </message>
    <message>
        <source>This address cannot be used: {0}. It has to begin with https://, or with http:// for a server on this computer, and to lead to the server itself.</source>
        <translation>无法使用此地址：{0}。地址须以 https:// 开头（本机上的服务器可用 http://），并直接指向服务器本身。</translation>
    </message>
    <message>
        <source>There is no connection to the server ({0}). See whether it runs and whether the address is right.</source>
        <translation>无法连接到服务器（{0}）。请检查服务器是否在运行、地址是否正确。</translation>
    </message>
    <message>
        <source>The server cannot prove that it is the one you mean ({0}), so nothing was sent to it.</source>
        <translation>服务器无法证明自己的身份（{0}），因此没有向它发送任何内容。</translation>
    </message>
    <message>
        <source>The server does not accept the key ({0}). Connect again with the right one.</source>
        <translation>服务器不接受此密钥（{0}）。请用正确的密钥重新连接。</translation>
    </message>
    <message>
        <source>The server does not have this model, or it has not exactly one and wants its name: {0}</source>
        <translation>服务器上没有此模型；若服务器不止一个模型，则须指明名称：{0}</translation>
    </message>
    <message>
        <source>This server offers no way to send what you write without its being taken for control tokens, so nothing was sent: {0}. llama-server, the server of llama-cpp-python and vLLM offer one.</source>
        <translation>此服务器无法保证您写的文字不被当作控制标记，因此没有发送任何内容：{0}。llama-server、llama-cpp-python 自带的服务器和 vLLM 可以做到。</translation>
    </message>
    <message>
        <source>The server is busy or not ready yet ({0}). Try again in a while.</source>
        <translation>服务器正忙或尚未就绪（{0}）。请稍后再试。</translation>
    </message>
    <message>
        <source>The server has fallen silent ({0}). What was written is kept; try again.</source>
        <translation>服务器没有回应了（{0}）。已写出的内容已保留；请重试。</translation>
    </message>
    <message>
        <source>The connection to the server broke ({0}). What was written is kept; try again.</source>
        <translation>与服务器的连接中断了（{0}）。已写出的内容已保留；请重试。</translation>
    </message>
    <message>
        <source>The server answered with an error or something strange: {0}</source>
        <translation>服务器返回了错误或无法理解的内容：{0}</translation>
    </message>
    <message>
        <source>The model could not be converted: {0}</source>
        <translation>模型无法转换：{0}</translation>
    </message>
    <message>
        <source>This chat is not there any more; another window may have deleted it.</source>
        <translation>这个对话已经不在了，可能被另一个窗口删除了。</translation>
    </message>
    <message>
        <source>Your chats were saved by a newer version of this program, so this one leaves them alone: {0}. Please update.</source>
        <translation>你的对话由更新的版本保存，本版本不会改动它们：{0}。请更新程序。</translation>
    </message>
    <message>
        <source>The file with your chats cannot be read; nothing was changed in it: {0}</source>
        <translation>保存对话的文件无法读取，其中内容没有改动：{0}</translation>
    </message>
    <message>
        <source>Your chats cannot be saved, because this place cannot be written to: {0}</source>
        <translation>无法保存对话，因为这个位置不能写入：{0}</translation>
    </message>
    <message>
        <source>Another program is using the file with your chats; try again. {0}</source>
        <translation>另一个程序正在使用保存对话的文件，请再试一次。{0}</translation>
    </message>
    <message>
        <source>The disk is full. What you see is not saved until there is room: {0}</source>
        <translation>磁盘已满。腾出空间之前，你看到的内容没有保存：{0}</translation>
    </message>
    <message>
        <source>The file could not be written: {0}</source>
        <translation>无法写入文件：{0}</translation>
    </message>
    <message>
        <source>Another window is indexing your documents just now; try again later. {0}</source>
        <translation>另一个窗口正在为您的文档建立索引，请稍后再试。{0}</translation>
    </message>
    <message>
        <source>The index of your documents cannot be written: {0}</source>
        <translation>无法写入您的文档索引：{0}</translation>
    </message>
    <message>
        <source>The chats could not be exported: {0}. Choose another place for the file.</source>
        <translation>对话无法导出：{0}。请为文件另选位置。</translation>
    </message>
    <message>
        <source>There is not enough room on the disk for the export, so no file was written: {0}</source>
        <translation>磁盘空间不足，没有写入导出文件：{0}</translation>
    </message>
    <message>
        <source>This file cannot be read: {0}</source>
        <translation>无法读取此文件：{0}</translation>
    </message>
    <message>
        <source>No chats of a program that is known here were found in this file: {0}</source>
        <translation>在此文件中没有找到已知程序的对话：{0}</translation>
    </message>
    <message>
        <source>This file was exported by a newer version of this program (format {0}), so nothing was imported. Please update.</source>
        <translation>此文件由本程序的较新版本导出（格式 {0}），因此没有导入任何内容。请更新本程序。</translation>
    </message>
    <message>
        <source>This file is larger than can be imported at once: {0}</source>
        <translation>此文件太大，无法一次导入：{0}</translation>
    </message>
    <message>
        <source>Something went wrong in this program; what was written is kept: {0}</source>
        <translation>程序出了问题，写出的内容保留着：{0}</translation>
    </message>
    <message>
        <source>The tool cannot read this.</source>
        <translation>工具读不懂这个。</translation>
    </message>
    <message>
        <source>There is no single solution.</source>
        <translation>没有确定的解。</translation>
    </message>
    <message>
        <source>Nothing was found.</source>
        <translation>什么也没有找到。</translation>
    </message>
    <message>
        <source>This is too large to work out.</source>
        <translation>数目太大，算不出来。</translation>
    </message>
    <message>
        <source>This took too long and was ended.</source>
        <translation>用时太久，已经停止。</translation>
    </message>
    <message>
        <source>The tool stopped; it starts again.</source>
        <translation>工具停止了，会重新启动。</translation>
    </message>
    <message>
        <source>The tool cannot be started.</source>
        <translation>工具无法启动。</translation>
    </message>
    <message>
        <source>What the tool asks could not be reached.</source>
        <translation>工具要访问的地方连接不上。</translation>
    </message>
    <message>
        <source>Something that the tool needs is not there.</source>
        <translation>工具缺少需要的东西。</translation>
    </message>
    <message>
        <source>The tool cannot be used; it was switched off until it is mended.</source>
        <translation>这个工具无法使用，修好之前已停用。</translation>
    </message>
    <message>
        <source>You did not allow it.</source>
        <translation>你没有允许。</translation>
    </message>
    <message>
        <source>You stopped it.</source>
        <translation>你停止了它。</translation>
    </message>
    <message>
        <source>The server&apos;s address cannot be used. It has to begin with https://, or with http:// for a server on this computer or in your own network.</source>
        <translation>服务器的地址不能使用。地址须以 https:// 开头；若服务器就在本机或您自己的局域网内，也可以 http:// 开头。</translation>
    </message>
    <message>
        <source>The server cannot prove that it is the one you mean, so nothing was sent.</source>
        <translation>无法证实对方就是您指定的服务器，因此什么也没有发出。</translation>
    </message>
    <message>
        <source>The server wants a name and a password.</source>
        <translation>服务器要求用户名和密码。</translation>
    </message>
    <message>
        <source>The server is busy or not ready yet. Try again in a while.</source>
        <translation>服务器正忙或尚未就绪，请稍后再试。</translation>
    </message>
    <message>
        <source>The server has fallen silent.</source>
        <translation>服务器没有了回应。</translation>
    </message>
    <message>
        <source>The connection to the server broke.</source>
        <translation>与服务器的连接中断了。</translation>
    </message>
    <message>
        <source>The server answered with an error or something strange.</source>
        <translation>服务器返回了错误或无法理解的内容。</translation>
    </message>
    <message>
        <source>What came is no picture that can be kept.</source>
        <translation>收到的不是可以保存的图片。</translation>
    </message>
    <message>
        <source>The model for pictures cannot be loaded. Take one for Stable Diffusion, as .gguf or .safetensors.</source>
        <translation>图片模型无法加载。请使用 .gguf 或 .safetensors 格式的 Stable Diffusion 模型。</translation>
    </message>
    <message>
        <source>The disk is full; the picture could not be kept.</source>
        <translation>磁盘已满，图片无法保存。</translation>
    </message>
    <message>
        <source>The picture could not be kept: its folder cannot be written to.</source>
        <translation>图片无法保存：存放图片的文件夹不可写。</translation>
    </message>
    <message>
        <source>The tool has a fault.</source>
        <translation>工具出了错。</translation>
    </message>
    <message>
        <source>Calculator</source>
        <translation>计算器</translation>
    </message>
    <message>
        <source>Equation solver</source>
        <translation>解方程</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Search: your documents</source>
        <translation>搜索：您的文档</translation>
    </message>
    <message>
        <source>Search: offline Wikipedia</source>
        <translation>搜索：离线维基百科</translation>
    </message>
    <message>
        <source>Search: SearXNG server</source>
        <translation>搜索：SearXNG 服务器</translation>
    </message>
    <message>
        <source>Search: the web</source>
        <translation>搜索：网络</translation>
    </message>
    <message>
        <source>Computes numbers. Nothing leaves this computer.</source>
        <translation>计算数值。不会有内容离开这台电脑。</translation>
    </message>
    <message>
        <source>Solves equations with SymPy. Nothing leaves this computer.</source>
        <translation>用 SymPy 解方程。不会有内容离开这台电脑。</translation>
    </message>
    <message>
        <source>Makes a picture of what MOSS describes: on this computer, or on a server of yours, which is sent the description.</source>
        <translation>按 MOSS 的描述生成图片：在本机生成，或由您自己的服务器生成；服务器只会收到这段描述。</translation>
    </message>
    <message>
        <source>Searches the folders that you name. Nothing leaves this computer.</source>
        <translation>搜索您指定的文件夹。任何内容都不会离开这台电脑。</translation>
    </message>
    <message>
        <source>Searches ZIM files, such as Wikipedia&apos;s from library.kiwix.org. Nothing leaves this computer.</source>
        <translation>搜索 ZIM 文件，例如 library.kiwix.org 提供的维基百科。任何内容都不会离开这台电脑。</translation>
    </message>
    <message>
        <source>Asks a SearXNG server of yours. It is sent what MOSS searches for, and passes it on to search engines.</source>
        <translation>询问您自己的 SearXNG 服务器。MOSS 搜索的内容会发送给它，再由它转给各搜索引擎。</translation>
    </message>
    <message>
        <source>Asks DuckDuckGo, which is sent what MOSS searches for and sees this computer&apos;s address.</source>
        <translation>询问 DuckDuckGo。MOSS 搜索的内容会发送给它，它也会看到这台电脑的地址。</translation>
    </message>
    <message>
        <source>There is nothing to search.</source>
        <translation>没有可搜索的内容。</translation>
    </message>
    <message>
        <source>Nothing that makes pictures was chosen yet.</source>
        <translation>尚未选择图片来源。</translation>
    </message>
    <message>
        <source>The address of the server for pictures cannot be used.</source>
        <translation>图片服务器的地址不能使用。</translation>
    </message>
    <message>
        <source>The library that makes pictures is not installed: pip install stable-diffusion-cpp-python</source>
        <translation>尚未安装生成图片的库：pip install stable-diffusion-cpp-python</translation>
    </message>
    <message>
        <source>The model for pictures is not there, or is none.</source>
        <translation>图片模型文件不存在，或不是图片模型。</translation>
    </message>
    <message>
        <source>Installed by another package; it is started once you allow it.</source>
        <translation>由另一个软件包安装；你允许之后才会启动。</translation>
    </message>
    <message>
        <source>It cannot be used: {0}</source>
        <translation>无法使用：{0}</translation>
    </message>
    <message>
        <source>A package that it needs is not installed; see the README.</source>
        <translation>所需的软件包尚未安装，请参阅 README。</translation>
    </message>
    <message>
        <source>Ready.</source>
        <translation>可以使用。</translation>
    </message>
    <message>
        <source>Not allowed; it is not started.</source>
        <translation>未允许，不会启动。</translation>
    </message>
    <message>
        <source>This model has no chat template, so it continues your text instead of answering it. For a chat take a version of it whose name says “instruct” or “chat”.</source>
        <translation>这个模型没有对话模板，因此它会续写你的文字，而不是回答。若要对话，请选择名称中带有“instruct”或“chat”的版本。</translation>
    </message>
    <message>
        <source>No graphics card was found; the processor does the work.</source>
        <translation>没有找到显卡，由处理器运行。</translation>
    </message>
    <message>
        <source>The whole model is on {2}.</source>
        <translation>整个模型都在 {2} 上。</translation>
    </message>
    <message>
        <source>{0} of {1} layers are on {2}; the processor does the rest.</source>
        <translation>{1} 层中的 {0} 层在 {2} 上，其余由处理器运行。</translation>
    </message>
    <message>
        <source>The graphics card has too little free memory; the processor does the work.</source>
        <translation>显卡的空闲显存太少，由处理器运行。</translation>
    </message>
    <message>
        <source>What runs on the graphics card was set by hand.</source>
        <translation>在显卡上运行的部分是手动设定的。</translation>
    </message>
    <message>
        <source>What the model has read is kept in 8 bits instead of 16, so that it fits.</source>
        <translation>模型读过的内容以 8 位而不是 16 位保存，这样才放得下。</translation>
    </message>
    <message>
        <source>The file is read into memory, so that no weight is there twice.</source>
        <translation>文件是读入内存的，这样权重不会在内存里存两份。</translation>
    </message>
    <message>
        <source>Memory is short: weights are read from the disk again and again, and answers will be very slow. Close other programs or take a smaller file.</source>
        <translation>内存不足：权重要反复从磁盘读取，回答会非常慢。请关闭其他程序，或换一个较小的文件。</translation>
    </message>
    <message>
        <source>This computer has too little free memory for it.</source>
        <translation>这台电脑的空闲内存太少，放不下它。</translation>
    </message>
    <message>
        <source>That is what worked the last time.</source>
        <translation>上次就是这样成功的。</translation>
    </message>
    <message>
        <source>The graphics card has too little free memory. Trying again with {0} of {1} layers there.</source>
        <translation>显卡的空闲显存太少。改为把 {1} 层中的 {0} 层放在显卡上，再试一次。</translation>
    </message>
    <message>
        <source>Memory was not enough. Trying again with 8 bits instead of 16 for what the model has read.</source>
        <translation>内存不够。改为以 8 位而不是 16 位保存模型读过的内容，再试一次。</translation>
    </message>
    <message>
        <source>Memory was not enough. Trying again with {3} tokens at a time.</source>
        <translation>内存不够。改为每次处理 {3} 个词元，再试一次。</translation>
    </message>
    <message>
        <source>The graphics card has too little free memory. Trying again with the processor alone.</source>
        <translation>显卡的空闲显存太少。改为只用处理器，再试一次。</translation>
    </message>
    <message>
        <source>Memory was not enough. Trying again with weights read from the disk as they are needed; answers will be very slow.</source>
        <translation>内存不够。改为需要时才从磁盘读取权重，再试一次；回答会非常慢。</translation>
    </message>
    <message>
        <source>The engine stopped and is starting again. What was written is kept.</source>
        <translation>引擎停止了，正在重新启动。已写出的内容都保留着。</translation>
    </message>
    <message>
        <source>The engine did not answer for {0}, so it was ended and is starting again. What was written is kept.</source>
        <translation>引擎 {0} 没有响应，已被结束，正在重新启动。已写出的内容都保留着。</translation>
    </message>
    <message>
        <source>The engine said something strange, so it was ended and is starting again. What was written is kept.</source>
        <translation>引擎返回了异常内容，已被结束，正在重新启动。已写出的内容都保留着。</translation>
    </message>
    <message>
        <source>The {0} module is there, but it finds no device; the processor does the work.</source>
        <translation>已有 {0} 模块，但它没有找到设备，由处理器运行。</translation>
    </message>
    <message>
        <source>The {0} module cannot be loaded ({1}); the processor does the work.</source>
        <translation>{0} 模块无法加载（{1}），由处理器运行。</translation>
    </message>
    <message>
        <source>This chat could not be read and was left out: {0}</source>
        <translation>此对话无法读取，已略过：{0}</translation>
    </message>
    <message>
        <source>This chat has no messages and was left out: {0}</source>
        <translation>此对话没有消息，已略过：{0}</translation>
    </message>
    <message>
        <source>Messages that could not be read and were left out: {1} in “{0}”</source>
        <translation>“{0}”中有 {1} 条消息无法读取，已略过</translation>
    </message>
    <message>
        <source>Texts that were too long were cut by {1} characters in “{0}”</source>
        <translation>“{0}”中过长的文本被截去 {1} 个字符</translation>
    </message>
    <message>
        <source>This picture is damaged and was left out: {0}</source>
        <translation>此图片已损坏，已略过：{0}</translation>
    </message>
    <message>
        <source>The file is damaged or ends too early; what is before that was read. {0}</source>
        <translation>文件已损坏或不完整；此前的内容已读取。{0}</translation>
    </message>
    <message>
        <source>This file is too large and was left out: {0}</source>
        <translation>此文件太大，已略过：{0}</translation>
    </message>
    <message>
        <source>There are more chats than can be imported at once; the rest, from {0} on, was left out.</source>
        <translation>对话太多，无法一次全部导入；从 {0} 起的其余部分已略过。</translation>
    </message>
    <message>
        <source>This file is of a newer version of its program and was left out: {0}</source>
        <translation>此文件来自其程序的较新版本，已略过：{0}</translation>
    </message>
    <message>
        <source>This is no chat and was left out: {0}</source>
        <translation>这不是对话，已略过：{0}</translation>
    </message>
    <message>
        <source>Exported chats: {0}</source>
        <translation>已导出 {0} 个对话</translation>
    </message>
    <message>
        <source>Messages that could not be read in the archive and are missing: {0}</source>
        <translation>存档中有 {0} 条消息无法读取，未包含在内</translation>
    </message>
    <message>
        <source>Chats that are not there any more: {0}</source>
        <translation>有 {0} 个对话已不存在</translation>
    </message>
    <message>
        <source>Imported chats: {0}, with {1} messages. They come from: {2}</source>
        <translation>已导入 {0} 个对话，共 {1} 条消息。来源：{2}</translation>
    </message>
    <message>
        <source>No chat was imported.</source>
        <translation>没有导入任何对话。</translation>
    </message>
    <message>
        <source>Imported pictures: {0}</source>
        <translation>已导入 {0} 张图片</translation>
    </message>
    <message>
        <source>Further remarks: {0}</source>
        <translation>另有 {0} 条说明</translation>
    </message>
    <message>
        <source>The file is damaged.</source>
        <translation>文件已损坏。</translation>
    </message>
    <message>
        <source>Some pages are damaged; the others can be found.</source>
        <translation>部分页面已损坏，其余页面可以搜索。</translation>
    </message>
    <message>
        <source>The file is encrypted.</source>
        <translation>文件已加密。</translation>
    </message>
    <message>
        <source>There is no text in it; scanned pages are pictures.</source>
        <translation>其中没有文字；扫描的页面只是图片。</translation>
    </message>
    <message>
        <source>This is no text.</source>
        <translation>这不是文本。</translation>
    </message>
    <message>
        <source>The file is too large.</source>
        <translation>文件太大。</translation>
    </message>
    <message>
        <source>The file unpacks to far too much; it may be a trap.</source>
        <translation>文件解压后大得异常，可能是陷阱。</translation>
    </message>
    <message>
        <source>The file declares entities, as no document needs to.</source>
        <translation>文件声明了实体，正常文档不需要这样做。</translation>
    </message>
    <message>
        <source>Reading it took too long.</source>
        <translation>读取耗时过长。</translation>
    </message>
    <message>
        <source>Reading it took too much memory.</source>
        <translation>读取占用内存过多。</translation>
    </message>
    <message>
        <source>The file may not be read.</source>
        <translation>没有读取此文件的权限。</translation>
    </message>
    <message>
        <source>Its name holds characters that are not Unicode; rename it.</source>
        <translation>文件名含有非 Unicode 字符，请重命名。</translation>
    </message>
    <message>
        <source>The program that reads files broke off at it.</source>
        <translation>读取程序在处理此文件时中断。</translation>
    </message>
    <message>
        <source>page {0}</source>
        <translation>第 {0} 页</translation>
    </message>
    <message>
        <source>line {0}</source>
        <translation>第 {0} 行</translation>
    </message>
</context>
<context>
    <name>_Box</name>
    <message>
        <source>May be searched:</source>
        <translation>允许搜索：</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>从不</translation>
    </message>
    <message>
        <source>After asking</source>
        <translation>询问之后</translation>
    </message>
    <message>
        <source>Always</source>
        <translation>总是</translation>
    </message>
</context>
</TS>
