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
    <name>Actions</name>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Search chats</source>
        <translation>搜索对话</translation>
    </message>
    <message>
        <source>Write a message</source>
        <translation>写消息</translation>
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
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Close the window</source>
        <translation>关闭窗口</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Open a model…</source>
        <translation>打开模型…</translation>
    </message>
    <message>
        <source>Models…</source>
        <translation>模型…</translation>
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
        <source>Load the model again</source>
        <translation>重新加载模型</translation>
    </message>
    <message>
        <source>Unload the model, or stop loading</source>
        <translation>卸载模型，或停止加载</translation>
    </message>
    <message>
        <source>Commands…</source>
        <translation>命令…</translation>
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
        <source>Larger text</source>
        <translation>放大文字</translation>
    </message>
    <message>
        <source>Smaller text</source>
        <translation>缩小文字</translation>
    </message>
    <message>
        <source>Normal text size</source>
        <translation>恢复默认文字大小</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>全屏</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>This computer…</source>
        <translation>这台电脑…</translation>
    </message>
    <message>
        <source>About MOSS Desktop</source>
        <translation>关于 MOSS Desktop</translation>
    </message>
</context>
<context>
    <name>ArchiveCare</name>
    <message>
        <source>The backup was restored. The chats as they were before: {0}</source>
        <translation>备份已恢复。恢复前的对话保存在：{0}</translation>
    </message>
    <message>
        <source>Saved: {0} chats with {1} messages. Could not be read: {2}. The damaged file is kept here: {3}</source>
        <translation>已保存 {0} 个对话，共 {1} 条消息；无法读取：{2}。损坏的文件保留在：{3}</translation>
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
    <name>ArchiveWatch</name>
    <message>
        <source>Everything is saved again.</source>
        <translation>现在全部已保存。</translation>
    </message>
    <message>
        <source>Chats can be read, searched, copied and exported.</source>
        <translation>对话仍可阅读、搜索、复制和导出。</translation>
    </message>
    <message>
        <source>Replies that only this window has: {0}.</source>
        <translation>只保留在本窗口中、尚未保存的回答：{0}。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
</context>
<context>
    <name>AttachedFiles</name>
    <message>
        <source>first {0} %</source>
        <translation>前 {0} %</translation>
    </message>
    <message>
        <source>File: {0}</source>
        <translation>文件：{0}</translation>
    </message>
    <message>
        <source>Show what the model was given of it</source>
        <translation>显示给模型看的内容</translation>
    </message>
    <message>
        <source>Text of the file</source>
        <translation>文件的文字</translation>
    </message>
</context>
<context>
    <name>AttachmentBar</name>
    <message>
        <source>Attach only what fits</source>
        <translation>只附上放得下的部分</translation>
    </message>
    <message>
        <source>Remove it</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Attach the pasted text as a file</source>
        <translation>把粘贴的文字作为文件附上</translation>
    </message>
    <message>
        <source>Leave it here</source>
        <translation>留在这里</translation>
    </message>
    <message>
        <source>What the model is given of the file</source>
        <translation>模型看到的文件内容</translation>
    </message>
    <message>
        <source>This leaves room for only {0} tokens of an answer.</source>
        <translation>这样留给回答的只有 {0} 个词元。</translation>
    </message>
    <message>
        <source>This is longer than the model can read at once, by {0} tokens.</source>
        <translation>超出模型一次能读的长度 {0} 个词元。</translation>
    </message>
    <message>
        <source>“{0}” does not fit: it has {1} tokens, and there is room for {2}.</source>
        <translation>“{0}”放不下：它有 {1} 个词元，只剩 {2} 个的位置。</translation>
    </message>
</context>
<context>
    <name>AttachmentChip</name>
    <message>
        <source>reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>{0} tokens</source>
        <translation>{0} 个词元</translation>
    </message>
    <message>
        <source>first {0} %, {1}</source>
        <translation>前 {0} %，{1}</translation>
    </message>
    <message>
        <source>Show what the model is given of it</source>
        <translation>显示给模型看的内容</translation>
    </message>
    <message>
        <source>Remove “{0}”</source>
        <translation>移除“{0}”</translation>
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
        <source>There is no backup yet. One is made every day the program runs, and the last ones are kept.</source>
        <translation>还没有备份。程序运行的每一天都会自动备份一次，并保留最近的几份。</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Save what can be read</source>
        <translation>保存能读取的内容</translation>
    </message>
    <message>
        <source>The file with your chats is damaged in places. What is whole in it can be saved into a new file, which takes its place. The damaged file is kept.</source>
        <translation>保存对话的文件有部分损坏。其中完好的内容可以存入一个新文件，由它代替原文件；损坏的文件会保留。</translation>
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
        <source>You</source>
        <translation>你</translation>
    </message>
    <message>
        <source>Inner thoughts</source>
        <translation>内心想法</translation>
    </message>
    <message>
        <source>Untitled chat</source>
        <translation>未命名对话</translation>
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
        <source>In the trash for {0} days</source>
        <translation>在回收站保留 {0} 天</translation>
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
        <source>Attach files</source>
        <translation>附上文件</translation>
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
    <name>Composing</name>
    <message>
        <source>Pasted text</source>
        <translation>粘贴的文字</translation>
    </message>
    <message>
        <source>There is no room for any of it beside your message.</source>
        <translation>除了您写的内容，已经没有位置放它了。</translation>
    </message>
    <message>
        <source>This is a picture. The model reads only text.</source>
        <translation>这是图片。模型只读文字。</translation>
    </message>
</context>
<context>
    <name>ContextMeter</name>
    <message>
        <source>Context: {0}</source>
        <translation>上下文：{0}</translation>
    </message>
    <message>
        <source>{0} %</source>
        <translation>{0} %</translation>
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
    <name>Diagnosis</name>
    <message>
        <source>Devices</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>What would fit</source>
        <translation>装得下什么</translation>
    </message>
    <message>
        <source>On the disk</source>
        <translation>磁盘上</translation>
    </message>
    <message>
        <source>Warnings and errors lately</source>
        <translation>最近的警告和错误</translation>
    </message>
    <message>
        <source>None.</source>
        <translation>没有。</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>System</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>{0} of {1} free</source>
        <translation>共 {1}，空闲 {0}</translation>
    </message>
    <message>
        <source>{0} of memory</source>
        <translation>内存 {0}</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>实测</translation>
    </message>
    <message>
        <source>reads {0} tokens a second, writes {1}</source>
        <translation>每秒读 {0} 个词元，写 {1} 个</translation>
    </message>
    <message>
        <source>The model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>加载</translation>
    </message>
    <message>
        <source>{0} s</source>
        <translation>{0} 秒</translation>
    </message>
    <message>
        <source>Chats</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Backups</source>
        <translation>备份</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>What models have read</source>
        <translation>模型读过的内容</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>{0}; {1} free on this disk</source>
        <translation>{0}；此磁盘空闲 {1}</translation>
    </message>
</context>
<context>
    <name>DiagnosisDialog</name>
    <message>
        <source>This computer</source>
        <translation>这台电脑</translation>
    </message>
    <message>
        <source>Measure the speed</source>
        <translation>测量速度</translation>
    </message>
    <message>
        <source>Loads the model a second time, and writes a few words with it.</source>
        <translation>再加载一次模型，并用它写几个词。</translation>
    </message>
    <message>
        <source>Copy the report</source>
        <translation>复制报告</translation>
    </message>
    <message>
        <source>In English, for those who help. It holds no paths and no names.</source>
        <translation>英文，供帮助你的人看。其中没有路径，也没有名字。</translation>
    </message>
    <message>
        <source>Open the data folder</source>
        <translation>打开数据文件夹</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Looking at this computer…</source>
        <translation>正在查看这台电脑…</translation>
    </message>
    <message>
        <source>Loading the model and measuring…</source>
        <translation>正在加载模型并测量…</translation>
    </message>
    <message>
        <source>Everything here was found on this computer and stays on it.</source>
        <translation>这里的一切都来自这台电脑，也只留在这台电脑上。</translation>
    </message>
    <message>
        <source>This computer could not be examined: {0}</source>
        <translation>无法检查这台电脑：{0}</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>已复制。</translation>
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
        <source>Attach files</source>
        <translation>附上文件</translation>
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
        <source>Rename the model</source>
        <translation>重命名模型</translation>
    </message>
    <message>
        <source>Where is the model to be moved?</source>
        <translation>要把模型移动到哪里？</translation>
    </message>
    <message>
        <source>Empty the trash</source>
        <translation>清空回收站</translation>
    </message>
    <message>
        <source>Delete these models for good?</source>
        <translation>永久删除这些模型吗？</translation>
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
        <source>The last replies could not be saved.</source>
        <translation>最近的回答未能保存。</translation>
    </message>
    <message>
        <source>They are lost if the program ends now. Make room on the disk, or copy or export them first.</source>
        <translation>如果现在退出，这些回答将会丢失。请先腾出磁盘空间，或者把它们复制或导出。</translation>
    </message>
    <message>
        <source>Quit and lose them</source>
        <translation>退出并丢弃</translation>
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
    <name>FolderEditor</name>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
</context>
<context>
    <name>LineEditor</name>
    <message>
        <source>This cannot be used.</source>
        <translation>无法使用此内容。</translation>
    </message>
</context>
<context>
    <name>Menus</name>
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
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
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
    <name>ModelTree</name>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Tokens/s</source>
        <translation>词元/秒</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>上次使用</translation>
    </message>
</context>
<context>
    <name>Models</name>
    <message>
        <source>In this program</source>
        <translation>本程序中</translation>
    </message>
    <message>
        <source>Files that you opened</source>
        <translation>您打开过的文件</translation>
    </message>
    <message>
        <source>{0} (loaded)</source>
        <translation>{0}（已加载）</translation>
    </message>
    <message>
        <source>{0} (at the start)</source>
        <translation>{0}（启动时使用）</translation>
    </message>
    <message>
        <source>{0} (very slow)</source>
        <translation>{0}（会很慢）</translation>
    </message>
    <message>
        <source>{0} (too large)</source>
        <translation>{0}（放不下）</translation>
    </message>
    <message>
        <source>It belongs to {0}; it is used where it is and never changed.</source>
        <translation>它属于 {0}：就地使用，绝不改动。</translation>
    </message>
    <message>
        <source>From {0}</source>
        <translation>来自 {0}</translation>
    </message>
    <message>
        <source>Its checkpoint is kept in {0}</source>
        <translation>原始检查点保存在 {0}</translation>
    </message>
    <message>
        <source>{0} tokens of context</source>
        <translation>上下文 {0} 个词元</translation>
    </message>
    <message>
        <source>Checked: {0}</source>
        <translation>已校验：{0}</translation>
    </message>
    <message>
        <source>Not checked yet</source>
        <translation>尚未校验</translation>
    </message>
    <message>
        <source>Checking “{0}”…</source>
        <translation>正在校验“{0}”…</translation>
    </message>
    <message>
        <source>Comparing “{0}” with its checkpoint…</source>
        <translation>正在将“{0}”与检查点比较…</translation>
    </message>
    <message>
        <source>Moving “{0}”…</source>
        <translation>正在移动“{0}”…</translation>
    </message>
    <message>
        <source>Making another type of “{0}”…</source>
        <translation>正在生成“{0}”的另一种类型…</translation>
    </message>
    <message>
        <source>“{0}” is as it was.</source>
        <translation>“{0}”保持原样。</translation>
    </message>
    <message>
        <source>“{0}” is not what its checkpoint makes. Convert it again.</source>
        <translation>“{0}”与检查点不符，请重新转换。</translation>
    </message>
    <message>
        <source>“{0}” is damaged. Download or convert it again.</source>
        <translation>“{0}”已损坏，请重新下载或转换。</translation>
    </message>
    <message>
        <source>“{0}” is whole as far as can be seen; from now on each change of it is noticed.</source>
        <translation>“{0}”看起来是完整的；今后它的任何改动都会被发现。</translation>
    </message>
    <message>
        <source>“{0}” was moved.</source>
        <translation>“{0}”已移动。</translation>
    </message>
    <message>
        <source>The other type is in the list.</source>
        <translation>另一种类型已在列表中。</translation>
    </message>
    <message>
        <source>“{0}” is as it should be.</source>
        <translation>“{0}”完好无误。</translation>
    </message>
</context>
<context>
    <name>ModelsDialog</name>
    <message>
        <source>In library.json this could not be read, and was kept: {0}</source>
        <translation>library.json 中有内容无法读取，已原样保留：{0}</translation>
    </message>
    <message>
        <source>all of it</source>
        <translation>全部内容</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>加载</translation>
    </message>
    <message>
        <source>Use at the start</source>
        <translation>启动时使用</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>重命名…</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>校验</translation>
    </message>
    <message>
        <source>Move…</source>
        <translation>移动…</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Compare with its checkpoint</source>
        <translation>与检查点比较</translation>
    </message>
    <message>
        <source>Leave out of the list</source>
        <translation>从列表中去掉</translation>
    </message>
    <message>
        <source>Another type</source>
        <translation>另一种类型</translation>
    </message>
    <message>
        <source>What is known of the model</source>
        <translation>模型的详细信息</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>放回</translation>
    </message>
    <message>
        <source>Empty the trash…</source>
        <translation>清空回收站…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>In the trash: {0}, last “{1}”; they take {2}.</source>
        <translation>回收站中有 {0} 个模型，最近的是“{1}”，共占 {2}。</translation>
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
    <name>Palette</name>
    <message>
        <source>Commands</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Commands, chats, models and settings</source>
        <translation>命令、对话、模型和设置</translation>
    </message>
    <message>
        <source>Nothing is called so.</source>
        <translation>没有匹配的项目。</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
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
    <name>PresetButton</name>
    <message>
        <source>How replies are written in this chat: {0}</source>
        <translation>本对话的回答方式：{0}</translation>
    </message>
    <message>
        <source>Preset: {0}</source>
        <translation>预设：{0}</translation>
    </message>
    <message>
        <source>Adjust for this chat…</source>
        <translation>为本对话调整…</translation>
    </message>
    <message>
        <source>Presets…</source>
        <translation>预设…</translation>
    </message>
</context>
<context>
    <name>PresetDialog</name>
    <message>
        <source>Presets</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>New</source>
        <translation>新建</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>This chat</source>
        <translation>本对话</translation>
    </message>
    <message>
        <source>The values that MOSS was published with.</source>
        <translation>MOSS 发布时所用的数值。</translation>
    </message>
    <message>
        <source>The values in the settings.</source>
        <translation>设置中的数值。</translation>
    </message>
    <message>
        <source>MOSS is given the instruction as further lines of its rules, another model as its system message. The demo takes no notice, a base model has none.</source>
        <translation>对 MOSS，指令会加进它的规则里；对其他模型，指令是系统消息。演示模型不理会指令，基础模型没有指令。</translation>
    </message>
    <message>
        <source>These values hold for this chat alone.</source>
        <translation>这些数值只用于本对话。</translation>
    </message>
    <message>
        <source>New preset</source>
        <translation>新预设</translation>
    </message>
</context>
<context>
    <name>PresetForm</name>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>another each time</source>
        <translation>每次不同</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>名称：</translation>
    </message>
    <message>
        <source>Instruction:</source>
        <translation>指令：</translation>
    </message>
    <message>
        <source>Temperature:</source>
        <translation>温度：</translation>
    </message>
    <message>
        <source>0 always takes the likeliest word; more brings more variety.</source>
        <translation>0 总取最可能的词；数值越大，变化越多。</translation>
    </message>
    <message>
        <source>Top-p:</source>
        <translation>Top-p：</translation>
    </message>
    <message>
        <source>Only the likeliest words that have this probability together.</source>
        <translation>只取概率之和达到此值的最可能的词。</translation>
    </message>
    <message>
        <source>Top-k:</source>
        <translation>Top-k：</translation>
    </message>
    <message>
        <source>Only so many of the likeliest words.</source>
        <translation>只取这么多个最可能的词。</translation>
    </message>
    <message>
        <source>Min-p:</source>
        <translation>Min-p：</translation>
    </message>
    <message>
        <source>Only words with this part of the likeliest one&apos;s probability.</source>
        <translation>只取概率至少达到最可能词的这一比例的词。</translation>
    </message>
    <message>
        <source>Repetition penalty:</source>
        <translation>重复惩罚：</translation>
    </message>
    <message>
        <source>1 is none; more avoids words that have been said.</source>
        <translation>1 表示没有；数值越大，越避免重复说过的词。</translation>
    </message>
    <message>
        <source>Longest reply:</source>
        <translation>最长回答：</translation>
    </message>
    <message>
        <source>In tokens.</source>
        <translation>以词元计。</translation>
    </message>
    <message>
        <source>Seed:</source>
        <translation>随机种子：</translation>
    </message>
    <message>
        <source>The same seed gives the same reply again.</source>
        <translation>同样的种子会给出同样的回答。</translation>
    </message>
</context>
<context>
    <name>Presets</name>
    <message>
        <source>Standard</source>
        <translation>标准</translation>
    </message>
    <message>
        <source>This chat only</source>
        <translation>仅本对话</translation>
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
        <source>Instruction</source>
        <translation>指令</translation>
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
    <name>SettingRow</name>
    <message>
        <source>Back to the usual: {0}</source>
        <translation>恢复默认值：{0}</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>已更改</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>General</source>
        <translation>常规</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Model and hardware</source>
        <translation>模型与硬件</translation>
    </message>
    <message>
        <source>Tools and permissions</source>
        <translation>工具与权限</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>Data and backups</source>
        <translation>数据与备份</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source> %</source>
        <translation> %</translation>
    </message>
    <message>
        <source> tokens</source>
        <translation> 个 token</translation>
    </message>
    <message>
        <source> days</source>
        <translation> 天</translation>
    </message>
    <message>
        <source> GiB</source>
        <translation> GiB</translation>
    </message>
    <message>
        <source> KiB/s</source>
        <translation> KiB/s</translation>
    </message>
    <message>
        <source>Takes effect when the model is loaded again.</source>
        <translation>重新加载模型后生效。</translation>
    </message>
    <message>
        <source>Takes effect when the program is started again.</source>
        <translation>重新启动程序后生效。</translation>
    </message>
    <message>
        <source>as the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>16 bits (f16)</source>
        <translation>16 位（f16）</translation>
    </message>
    <message>
        <source>8 bits (q8_0)</source>
        <translation>8 位（q8_0）</translation>
    </message>
    <message>
        <source>always</source>
        <translation>始终</translation>
    </message>
    <message>
        <source>never</source>
        <translation>从不</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>The language of menus, buttons and messages.</source>
        <translation>菜单、按钮和提示所用的语言。</translation>
    </message>
    <message>
        <source>Load a model at the start</source>
        <translation>启动时加载模型</translation>
    </message>
    <message>
        <source>The model that was used last is loaded when the program starts. Without this its memory stays free until you choose a model.</source>
        <translation>程序启动时加载上次使用的模型。关闭此项后，在您选择模型之前不会占用内存。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>The colours of the window.</source>
        <translation>窗口的配色。</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>文字大小</translation>
    </message>
    <message>
        <source>The size of everything that is written.</source>
        <translation>所有文字的大小。</translation>
    </message>
    <message>
        <source>Compact</source>
        <translation>紧凑</translation>
    </message>
    <message>
        <source>Less space between things, so that more of them are seen.</source>
        <translation>缩小各元素之间的间距，以便显示更多内容。</translation>
    </message>
    <message>
        <source>Less motion</source>
        <translation>减少动态效果</translation>
    </message>
    <message>
        <source>Nothing fades, slides or blinks by itself, the cursor neither.</source>
        <translation>界面不会自行淡入淡出、滑动或闪烁，光标也不闪烁。</translation>
    </message>
    <message>
        <source>Layers on the graphics card</source>
        <translation>显卡上的层数</translation>
    </message>
    <message>
        <source>The more of the model lies on the card, the faster it answers and the more of the card&apos;s memory it takes. 0 leaves the card alone.</source>
        <translation>放在显卡上的层越多，回答越快，占用的显存也越多。0 表示不使用显卡。</translation>
    </message>
    <message>
        <source>as many as fit</source>
        <translation>能放多少放多少</translation>
    </message>
    <message>
        <source>Parts for several cards</source>
        <translation>多块显卡的分配</translation>
    </message>
    <message>
        <source>How these layers are shared out, a number for each card in the order above: “3, 1” gives the first three times as much, “0, 1” leaves it out.</source>
        <translation>这些层如何分配给各块显卡，按上面的顺序每块写一个数：“3, 1”让第一块分到三倍，“0, 1”则不用第一块。</translation>
    </message>
    <message>
        <source>by what fits</source>
        <translation>按可用显存</translation>
    </message>
    <message>
        <source>Processor threads</source>
        <translation>处理器线程</translation>
    </message>
    <message>
        <source>How many cores compute at once. More than the processor really has make answers slower; fewer leave some for other programs.</source>
        <translation>同时参与计算的核心数。超过处理器实际核心数会使回答变慢；少一些可以留给其他程序。</translation>
    </message>
    <message>
        <source>Context window</source>
        <translation>上下文窗口</translation>
    </message>
    <message>
        <source>How much of a chat the model sees at once, at most what it was trained on. A smaller window takes less memory.</source>
        <translation>模型一次能看到多少对话内容，最多为其训练长度。窗口越小，占用内存越少。</translation>
    </message>
    <message>
        <source>as the model was trained</source>
        <translation>与训练时相同</translation>
    </message>
    <message>
        <source>Memory of the context</source>
        <translation>上下文的存储方式</translation>
    </message>
    <message>
        <source>How exactly the model remembers what it has read. 8 bits take about half the memory and change answers hardly at all.</source>
        <translation>模型以何种精度记住读过的内容。8 位大约只占一半内存，对回答几乎没有影响。</translation>
    </message>
    <message>
        <source>Allow the network</source>
        <translation>允许联网</translation>
    </message>
    <message>
        <source>Switched off, nothing is sent to other computers: no downloads, no searches on the web, no installed tools and no models on servers. What runs on this computer still works.</source>
        <translation>关闭后不会向其他计算机发送任何内容：不下载、不联网搜索、不使用另行安装的工具，也不使用服务器上的模型。在本机运行的功能照常可用。</translation>
    </message>
    <message>
        <source>Download models from</source>
        <translation>模型下载来源</translation>
    </message>
    <message>
        <source>The others have the same files and are faster in China.</source>
        <translation>其他来源提供相同的文件，在中国访问更快。</translation>
    </message>
    <message>
        <source>Another server for downloads</source>
        <translation>其他下载服务器</translation>
    </message>
    <message>
        <source>The address of a server that speaks Hugging Face&apos;s interface; it takes the place of the choice above.</source>
        <translation>兼容 Hugging Face 接口的服务器地址；填写后取代上面的选择。</translation>
    </message>
    <message>
        <source>Limit for downloads</source>
        <translation>下载限速</translation>
    </message>
    <message>
        <source>What all downloads together may take of the connection.</source>
        <translation>所有下载合计可占用的带宽。</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>Folder for models</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Where downloaded and converted models are put. What is elsewhere already stays there.</source>
        <translation>下载和转换得到的模型存放在这里。已在别处的模型不会移动。</translation>
    </message>
    <message>
        <source>the program&apos;s own folder</source>
        <translation>程序自己的文件夹</translation>
    </message>
    <message>
        <source>Disk space for what was read</source>
        <translation>已读内容的磁盘空间</translation>
    </message>
    <message>
        <source>What a model has read of your chats is kept, so that it need not read it again after a restart. 0 keeps nothing new.</source>
        <translation>保存模型读过的对话内容，重启后无需重新读取。0 表示不再保存新内容。</translation>
    </message>
    <message>
        <source>Keep deleted chats</source>
        <translation>保留已删除的对话</translation>
    </message>
    <message>
        <source>So long they can be restored from the trash; then they go.</source>
        <translation>在此期间可以从回收站恢复，之后彻底删除。</translation>
    </message>
    <message>
        <source>Backups that are kept</source>
        <translation>保留的备份数</translation>
    </message>
    <message>
        <source>Every day a copy of all chats is made; so many of the last ones stay.</source>
        <translation>每天备份一次全部对话，只保留最近的这么多份。</translation>
    </message>
    <message>
        <source>Tokens at a time</source>
        <translation>每次处理的 token 数</translation>
    </message>
    <message>
        <source>How much of a text is read in one step. Larger steps can be faster and take more memory; smaller ones can be stopped sooner.</source>
        <translation>每一步读取多少文本。步子大可能更快，但占用更多内存；步子小则能更快停下。</translation>
    </message>
    <message>
        <source>Map the model&apos;s file into memory</source>
        <translation>将模型文件映射到内存</translation>
    </message>
    <message>
        <source>A mapped file is loaded faster and its memory can be given back; one that is read can be arranged for the processor.</source>
        <translation>映射的文件加载更快，其内存也可以收回；读入的文件则可以按处理器的需要重新排列。</translation>
    </message>
    <message>
        <source>Guess the next words</source>
        <translation>预测后续词语</translation>
    </message>
    <message>
        <source>Words that followed before are tried several at once. “Always” is faster with texts that repeat themselves, and can change an answer with the same seed.</source>
        <translation>一次尝试多个之前出现过的后续词语。“始终”对重复较多的文本更快，但相同种子下回答可能不同。</translation>
    </message>
</context>
<context>
    <name>SettingsDesk</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>The settings file could not be read, so the usual settings hold.</source>
        <translation>无法读取设置文件，已使用默认设置。</translation>
    </message>
    <message>
        <source>Entries of the settings file that do not fit were ignored: {0}.</source>
        <translation>设置文件中不合要求的条目已忽略：{0}。</translation>
    </message>
    <message>
        <source>Entries that this version does not know were left as they are: {0}.</source>
        <translation>此版本不认识的条目已原样保留：{0}。</translation>
    </message>
    <message>
        <source>The file as it was is kept here: {0}</source>
        <translation>原文件的副本保存在：{0}</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>搜索设置</translation>
    </message>
    <message>
        <source>Sections</source>
        <translation>分类</translation>
    </message>
    <message>
        <source>There is no such setting.</source>
        <translation>没有这样的设置。</translation>
    </message>
    <message>
        <source>Some changes take effect when the model is loaded again.</source>
        <translation>部分更改在重新加载模型后生效。</translation>
    </message>
    <message>
        <source>Load it again</source>
        <translation>重新加载</translation>
    </message>
    <message>
        <source>Open the file</source>
        <translation>打开设置文件</translation>
    </message>
    <message>
        <source>The settings as text, to be edited by hand; what is changed there holds after the next start</source>
        <translation>以文本形式查看和编辑设置；在其中的更改于下次启动后生效</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Undo the reset</source>
        <translation>撤销恢复</translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation>全部恢复默认</translation>
    </message>
</context>
<context>
    <name>Shortcuts</name>
    <message>
        <source>Chats</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>View</source>
        <translation>视图</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>While writing a message</source>
        <translation>写消息时</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Begin a new line</source>
        <translation>换行</translation>
    </message>
    <message>
        <source>Take the last message back</source>
        <translation>取回上一条消息</translation>
    </message>
    <message>
        <source>In the list of chats</source>
        <translation>在对话列表中</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Pin or unpin</source>
        <translation>置顶或取消置顶</translation>
    </message>
    <message>
        <source>Put into the trash</source>
        <translation>移到回收站</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>What it does</source>
        <translation>功能</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
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
        <source>Settings</source>
        <translation>设置</translation>
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
    <name>ToolSwitches</name>
    <message>
        <source>Set up…</source>
        <translation>设置…</translation>
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
        <source>Loading was stopped. Load the model again, or choose another one.</source>
        <translation>已停止加载。可以重新加载此模型，或另选一个。</translation>
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
        <source>The network is switched off in the settings, so nothing was sent to {0}.</source>
        <translation>设置中已关闭联网，因此没有向 {0} 发送任何内容。</translation>
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
        <source>There is not enough room on the disk for today&apos;s backup of your chats. Earlier backups stay: {0}</source>
        <translation>磁盘空间不足，无法生成今天的对话备份。以前的备份仍在：{0}</translation>
    </message>
    <message>
        <source>Today&apos;s backup of your chats could not be written. Earlier backups stay: {0}</source>
        <translation>今天的对话备份无法写入。以前的备份仍在：{0}</translation>
    </message>
    <message>
        <source>There is not enough room on the disk to restore the backup. Your chats are as they were: {0}</source>
        <translation>磁盘空间不足，无法恢复备份。对话保持原样：{0}</translation>
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
        <source>This model belongs to another program and is left as it is: {0}</source>
        <translation>此模型属于另一个程序，不作改动：{0}</translation>
    </message>
    <message>
        <source>This model is in use: {0}. Load another one first.</source>
        <translation>此模型正在使用：{0}。请先加载另一个模型。</translation>
    </message>
    <message>
        <source>Another model is being moved or deleted, perhaps in another window. Try again when that is done.</source>
        <translation>另一个模型正在移动或删除（可能在另一个窗口中），请等它完成后再试。</translation>
    </message>
    <message>
        <source>There is a file of this name already; nothing was changed: {0}</source>
        <translation>已有同名文件，没有作任何改动：{0}</translation>
    </message>
    <message>
        <source>There is not enough room on that disk for the model, so it stays where it is: {0}</source>
        <translation>那个磁盘的空间放不下此模型，模型留在原处：{0}</translation>
    </message>
    <message>
        <source>The copy was not the same when it was read back, so the model stays where it is: {0}. Check that disk.</source>
        <translation>复制后读回的内容不一致，模型留在原处：{0}。请检查那个磁盘。</translation>
    </message>
    <message>
        <source>The checkpoint that this model was converted from is not there any more: {0}</source>
        <translation>转换此模型所用的检查点已经不在了：{0}</translation>
    </message>
    <message>
        <source>Checking or moving the model broke off; the model is as it was: {0}</source>
        <translation>校验或移动模型时中断了，模型保持原样：{0}</translation>
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
        <source>The network is switched off in the settings.</source>
        <translation>设置中已关闭联网。</translation>
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
    <message>
        <source>The engine finds no graphics card here that takes layers, so the processor does all the work.</source>
        <translation>引擎没有找到可以承担模型层的显卡，因此全部由处理器完成。</translation>
    </message>
    <message>
        <source>Once a model is loaded, this says how much memory its layers take.</source>
        <translation>加载模型后，这里会显示各层占用多少内存。</translation>
    </message>
    <message>
        <source>{0} of the {1} layers of this model take about {2} GiB on the card; the rest takes about {3} GiB of this computer&apos;s memory.</source>
        <translation>此模型共 {1} 层，其中 {0} 层约占显存 {2} GiB，其余约占内存 {3} GiB。</translation>
    </message>
    <message>
        <source>That is more than the {0} GiB that were free on the card.</source>
        <translation>这超过了显卡上空闲的 {0} GiB。</translation>
    </message>
    <message>
        <source>{0}: {1} of {2} GiB free</source>
        <translation>{0}：共 {2} GiB，空闲 {1} GiB</translation>
    </message>
    <message>
        <source>“{0}” is a picture. The model reads only text.</source>
        <translation>“{0}”是图片。模型只读文字。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: the file is damaged.</source>
        <translation>没有附上“{0}”：文件已损坏。</translation>
    </message>
    <message>
        <source>Some pages of “{0}” are damaged; the others were attached.</source>
        <translation>“{0}”有几页已损坏；其余的已附上。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: the file is encrypted.</source>
        <translation>没有附上“{0}”：文件已加密。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: there is no text in it. Scanned pages are pictures.</source>
        <translation>没有附上“{0}”：里面没有文字。扫描的页面是图片。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: it is not text. Text, Markdown, HTML, PDF, Word (docx), EPUB and source code can be.</source>
        <translation>没有附上“{0}”：它不是文字。可以附上纯文本、Markdown、HTML、PDF、Word（docx）、EPUB 和源代码。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: it is far larger than a model can read.</source>
        <translation>没有附上“{0}”：它远远超出模型能读的长度。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: it unpacks to far too much and may be a trap.</source>
        <translation>没有附上“{0}”：解压后大得离谱，可能是陷阱。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: it declares entities, as no document needs to.</source>
        <translation>没有附上“{0}”：它声明了实体，正常的文档不需要这样。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: reading it took too long.</source>
        <translation>没有附上“{0}”：读取用时太长。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: reading it took too much memory.</source>
        <translation>没有附上“{0}”：读取占用内存太多。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: it is a folder, or a file that may not be read.</source>
        <translation>没有附上“{0}”：它是文件夹，或是无权读取的文件。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: its name holds characters that are not Unicode.</source>
        <translation>没有附上“{0}”：文件名中有不是 Unicode 的字符。</translation>
    </message>
    <message>
        <source>“{0}” was not attached: the program that reads files broke off at it.</source>
        <translation>没有附上“{0}”：读取文件的程序在它这里中断了。</translation>
    </message>
    <message>
        <source>This is no model that can be found: {0}. Type OWNER/NAME of a repository, paste its address on Hugging Face or ModelScope, or name a folder or a GGUF file on this computer.</source>
        <translation>找不到这样的模型：{0}。请输入仓库的 OWNER/NAME，或粘贴它在 Hugging Face 或 ModelScope 上的地址，或给出本机上的文件夹或 GGUF 文件。</translation>
    </message>
    <message>
        <source>Nothing is downloaded from this address: {0}. It has to begin with https://, or with http:// for a server on this computer.</source>
        <translation>不会从这个地址下载：{0}。地址须以 https:// 开头；本机上的服务器可以用 http://。</translation>
    </message>
    <message>
        <source>Nothing was downloaded, because this computer is told to stay offline ({0}).</source>
        <translation>没有下载任何内容，因为本机被设置为离线（{0}）。</translation>
    </message>
    <message>
        <source>There is no connection to the server ({0}). What has arrived is kept. See whether you are online, or choose a mirror in the settings, and go on.</source>
        <translation>无法连接服务器（{0}）。已下载的内容都保留着。请检查网络，或在设置中选择镜像，然后继续。</translation>
    </message>
    <message>
        <source>The server cannot prove that it is the one that is meant ({0}), so nothing was taken from it.</source>
        <translation>服务器无法证明自己的身份（{0}），因此没有从它那里获取任何内容。</translation>
    </message>
    <message>
        <source>The server does not have this, or not any more: {0}. See whether the name is right.</source>
        <translation>服务器上没有它，或已不再提供：{0}。请检查名称是否正确。</translation>
    </message>
    <message>
        <source>This is not there, or not for everybody: {0}. Where its owner asks for it, agree to the terms on its page, and give this program your access token.</source>
        <translation>它不存在，或并非对所有人开放：{0}。如果所有者有要求，请在其页面上同意条款，并向本程序提供您的访问令牌。</translation>
    </message>
    <message>
        <source>There is no model in it that this program can run or convert: {0}</source>
        <translation>其中没有本程序能运行或转换的模型：{0}</translation>
    </message>
    <message>
        <source>There are several models in it; say which one, as in OWNER/NAME:Q4_K_M. {0}</source>
        <translation>其中有多个模型；请指明是哪一个，例如 OWNER/NAME:Q4_K_M。{0}</translation>
    </message>
    <message>
        <source>The server is busy or wants fewer questions ({0}). What has arrived is kept; go on in a while.</source>
        <translation>服务器繁忙，或要求减少请求（{0}）。已下载的内容都保留着；请稍后继续。</translation>
    </message>
    <message>
        <source>The connection broke again and again, or brought next to nothing ({0}). What has arrived is kept; go on in a while.</source>
        <translation>连接反复中断，或几乎没有数据（{0}）。已下载的内容都保留着；请稍后继续。</translation>
    </message>
    <message>
        <source>The server sends another file than its list says ({0}); perhaps it has just been replaced, or the network wants a login. What fits is kept; go on, and the list is asked for anew.</source>
        <translation>服务器发来的文件与其列表不符（{0}）；也许它刚被替换，或网络需要登录。相符的内容都保留着；继续时会重新获取列表。</translation>
    </message>
    <message>
        <source>A file arrived twice with other contents than the list says, so it was thrown away: {0}. The rest is kept. Try again, or choose another server.</source>
        <translation>有一个文件两次下载的内容都与列表不符，已被丢弃：{0}。其余的都保留着。请重试，或选择其他服务器。</translation>
    </message>
    <message>
        <source>The server answers something that makes no sense: {0}</source>
        <translation>服务器的回答无法理解：{0}</translation>
    </message>
    <message>
        <source>There is not enough room on the disk ({0}). What has arrived is kept. Make room, or choose another folder, and go on.</source>
        <translation>磁盘空间不足（{0}）。已下载的内容都保留着。请腾出空间，或选择其他文件夹，然后继续。</translation>
    </message>
    <message>
        <source>The files cannot be written into this folder: {0}</source>
        <translation>无法把文件写入此文件夹：{0}</translation>
    </message>
    <message>
        <source>This folder belongs to another download, or another window is downloading into it just now: {0}</source>
        <translation>此文件夹属于另一个下载，或另一个窗口正在向其中下载：{0}</translation>
    </message>
    <message>
        <source>The download broke off ({0}). What has arrived is kept; go on.</source>
        <translation>下载中断了（{0}）。已下载的内容都保留着；可以继续。</translation>
    </message>
    <message>
        <source>The access token cannot be kept, because this system has no place for passwords that can be used: {0}. It holds until the program ends.</source>
        <translation>无法保存访问令牌，因为本系统没有可用的密码存储：{0}。它在程序结束前有效。</translation>
    </message>
    <message>
        <source>There is no connection to the server ({0}).</source>
        <translation>无法连接服务器（{0}）。</translation>
    </message>
    <message>
        <source>The server is busy or wants fewer questions ({0}).</source>
        <translation>服务器繁忙，或要求减少请求（{0}）。</translation>
    </message>
    <message>
        <source>The connection broke, or brought next to nothing ({0}).</source>
        <translation>连接中断了，或几乎没有数据（{0}）。</translation>
    </message>
    <message>
        <source>The server sends another file than its list says ({0}).</source>
        <translation>服务器发来的文件与其列表不符（{0}）。</translation>
    </message>
    <message>
        <source>A file arrived damaged and is fetched again: {0}.</source>
        <translation>有一个文件损坏，正在重新下载：{0}。</translation>
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
<context>
    <name>_Popover</name>
    <message>
        <source>What is in the context</source>
        <translation>上下文里有什么</translation>
    </message>
    <message>
        <source>Instructions and tools</source>
        <translation>指令和工具</translation>
    </message>
    <message>
        <source>Earlier messages</source>
        <translation>之前的消息</translation>
    </message>
    <message>
        <source>What you write</source>
        <translation>您写的内容</translation>
    </message>
    <message>
        <source>Attached files</source>
        <translation>附上的文件</translation>
    </message>
    <message>
        <source>Free for the answer</source>
        <translation>留给回答</translation>
    </message>
    <message>
        <source>{0} tokens</source>
        <translation>{0} 个词元</translation>
    </message>
    <message>
        <source>The model&apos;s window</source>
        <translation>模型的窗口</translation>
    </message>
    <message>
        <source>What you write does not fit.</source>
        <translation>您写的内容放不下。</translation>
    </message>
    <message>
        <source>The oldest messages will leave the model&apos;s view for this one.</source>
        <translation>为了放下这条消息，最早的消息将移出模型的视野。</translation>
    </message>
    <message>
        <source>The numbers are estimates.</source>
        <translation>这些数字是估计值。</translation>
    </message>
</context>
</TS>
